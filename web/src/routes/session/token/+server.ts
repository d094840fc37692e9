import { Failure } from '#core/failures.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { RequestHandler } from './$types';

/** A short-lived token for the socket of one of our own pages. Refresh tokens stay here. */
export const GET: RequestHandler = async ({ request, locals, cookies, setHeaders }) => {
	setHeaders({ 'cache-control': 'no-store' });
	// browsers say who asks; what is not a browser brings no cookies of one
	const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
	if (site !== 'same-origin') return refuse(new Failure('not_allowed'));
	try {
		return Response.json(await sessions.accessToken(locals.database));
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return refuse(cause, cause.slug === 'session_ended' && (await sessions.leave(request, cookies)) === 'expired');
	}
};

/** `expired`: the password is enough to go on; else somebody ended the session, and the page is to be left. */
function refuse({ slug, says, status }: Failure, expired = false): Response {
	return Response.json({ slug, says, expired }, { status });
}
