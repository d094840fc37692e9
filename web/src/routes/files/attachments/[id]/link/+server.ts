import { asJson, jsonOf } from '#lib/server/answers.ts';
import * as attachments from '#lib/server/attachments.ts';
import type { RequestHandler } from './$types';

/** A link to a file that cannot travel as one: `{ url }`, good for seven days. */
export const POST: RequestHandler = ({ request, locals: { database }, params, url }) =>
	asJson(async () => {
		await jsonOf(request);
		return { url: `${url.origin}/a/${await attachments.link(database, params.id)}` };
	});
