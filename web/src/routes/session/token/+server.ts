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
		if (cause.slug === 'session_ended') sessions.forget(cookies);
		return refuse(cause);
	}
};

function refuse({ slug, says, status }: Failure): Response {
	return Response.json({ slug, says }, { status });
}
