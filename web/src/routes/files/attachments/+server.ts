import { Failure } from '#core/failures.ts';
import { asJson, jsonOf } from '#lib/server/answers.ts';
import * as attachments from '#lib/server/attachments.ts';
import type { RequestHandler } from './$types';

/** Announces a file that is about to be put up: where it goes. */
export const POST: RequestHandler = ({ request, locals }) =>
	asJson(async () => {
		const file = attachments.Announced.safeParse(await jsonOf(request));
		if (!file.success) throw new Failure('malformed');
		return attachments.begin(locals.database, file.data);
	});
