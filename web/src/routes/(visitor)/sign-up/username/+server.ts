import { usernamePattern } from '#core/account.ts';
import * as people from '#lib/server/people.ts';
import type { RequestHandler } from './$types';

/** Whether a username is free, for the form while it is being filled in. The form's own answer is what counts. */
export const GET: RequestHandler = async ({ url, locals }) => {
	const username = url.searchParams.get('name') ?? '';
	const free = usernamePattern.test(username) && (await people.usernameAvailable(locals.database, username));
	return Response.json({ free });
};
