import { error, redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import { Failure } from '#core/failures.ts';
import * as people from './people.ts';
import * as sessions from './sessions.ts';

/** The one guard of member routes: every request asks the database who this is before anything else happens. */
export const guard: Handle = async ({ event, resolve }) => {
	if (!event.route.id?.startsWith('/(member)') || !event.params.slug) return resolve(event);
	try {
		event.locals.me = await people.me(event.locals.database, event.params.slug);
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug === 'session_ended') {
			const brought = sessions.isBrought(event.cookies);
			sessions.forget(event.cookies);
			redirect(303, signInAgain(event, brought));
		}
		// the page's own data is where Kit can answer with our error page: whoever asks for `me` there is refused
		Object.defineProperty(event.locals, 'me', { get: () => error(cause.status, cause.says) });
		if (event.request.method !== 'GET') error(cause.status, cause.says);
	}
	return resolve(event);
};

/** `ended` has the sign-in page say why it is there; a stranger never had a session. */
function signInAgain({ url, request }: RequestEvent, brought: boolean): string {
	// the query of an action names the action: nothing to come back to
	const next = request.method === 'GET' ? url.pathname + url.search : url.pathname;
	return `/sign-in?${new URLSearchParams({ ...(brought && { ended: '' }), next })}`;
}
