import { error, isRedirect, redirect } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, failures } from '#core/failures.ts';
import { createDatabase } from '#lib/server/database.ts';
import { protect } from '#lib/server/headers.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import { themeOf } from '#lib/server/themes.ts';

/** Outermost: what every answer carries, and the theme that the first paint already has. */
const dress: Handle = async ({ event, resolve }) => {
	const theme = themeOf(event.cookies);
	const response = await resolve(event, {
		transformPageChunk: ({ html }) => html.replace(' data-theme="%theme%"', theme ? ` data-theme="${theme}"` : '')
	});
	protect(response.headers, { supabase: PUBLIC_SUPABASE_URL, https: event.url.protocol === 'https:' });
	return response;
};

const connect: Handle = ({ event, resolve }) => {
	event.locals.database = createDatabase(event.cookies, event.url.protocol === 'https:');
	return resolve(event);
};

/** The one guard of member routes: every request asks the database who this is before anything else happens. */
const guard: Handle = async ({ event, resolve }) => {
	if (!event.route.id?.startsWith('/(member)') || !event.params.slug) return resolve(event);
	try {
		event.locals.me = await people.me(event.locals.database, event.params.slug);
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug === 'session_ended') {
			const brought = sessions.isBrought(event.cookies);
			sessions.forget(event.cookies);
			redirect(303, signInAgain(event.url, brought));
		}
		// the page's own data is where Kit can answer with our error page: whoever asks for `me` there is refused
		Object.defineProperty(event.locals, 'me', { get: () => error(cause.status, cause.says) });
		if (event.request.method !== 'GET') error(cause.status, cause.says);
	}
	return resolve(event);
};

/** `ended` has the sign-in page say why it is there; a stranger never had a session. */
function signInAgain({ pathname, search }: URL, brought: boolean): string {
	return `/sign-in?${new URLSearchParams({ ...(brought && { ended: '' }), next: pathname + search })}`;
}

export const handle = sequence(dress, connect, guard);

/** Foreseen refusals keep their words; the rest gets a number that finds it in the log. Queries are never logged: they carry tokens. */
export const handleError: HandleServerError = ({ kind, error: cause, event }) => {
	if (kind !== 'unknown' || isRedirect(cause)) return;
	if (cause instanceof Failure) return { status: cause.status, message: cause.says };
	const request = crypto.randomUUID();
	console.error(`${event.request.method} ${event.url.pathname} failed, request ${request}:`, cause);
	return { message: failures.internal.says, request };
};
