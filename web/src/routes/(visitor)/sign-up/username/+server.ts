import { usernamePattern } from '#core/account.ts';
import { Failure } from '#core/failures.ts';
import { createLimit } from '#lib/server/limits.ts';
import * as people from '#lib/server/people.ts';
import { visitorOf } from '#lib/server/sign-ins.ts';
import type { RequestHandler } from '@sveltejs/kit';

/** Questions of one address in a minute: more than anybody types, too few to go through a list of names. */
const waitOf = createLimit(30, 60_000);

/** Whether a username is free, for forms while they are being filled in. The form's own answer is what counts. */
export const GET: RequestHandler = async (event) => {
	const seconds = waitOf(visitorOf(event).address ?? '');
	if (seconds > 0) {
		const { slug, says, status } = new Failure('rate_limited');
		return Response.json({ slug, says }, { status, headers: { 'retry-after': String(seconds) } });
	}
	const username = event.url.searchParams.get('name') ?? '';
	const free = usernamePattern.test(username) && (await people.usernameAvailable(event.locals.database, username));
	return Response.json({ free });
};
