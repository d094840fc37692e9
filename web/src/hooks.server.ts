import { isRedirect } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks';
import { PAYMENTS_URL } from '$app/env/private';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, failures } from '#core/failures.ts';
import { createDatabase } from '#lib/server/database.ts';
import { guard } from '#lib/server/guard.ts';
import { protect } from '#lib/server/headers.ts';
import * as operators from '#lib/server/operators/guard.ts';
import { themeOf } from '#lib/server/themes.ts';

/** Outermost: what every answer carries, and the theme that the first paint already has. */
const dress: Handle = async ({ event, resolve }) => {
	const theme = themeOf(event.cookies);
	const realm = operators.isConsole(event.url.pathname) ? ' data-realm="operators"' : '';
	const response = await resolve(event, {
		transformPageChunk: ({ html }) =>
			html.replace(' data-theme="%theme%"', (theme ? ` data-theme="${theme}"` : '') + realm)
	});
	protect(response.headers, {
		supabase: PUBLIC_SUPABASE_URL,
		payments: PAYMENTS_URL,
		https: event.url.protocol === 'https:'
	});
	return response;
};

const connect: Handle = ({ event, resolve }) => {
	event.locals.database = createDatabase(event.cookies, event.url.protocol === 'https:', () =>
		event.getClientAddress()
	);
	return resolve(event);
};

const tenants = sequence(connect, guard);

/** Two realms under one roof: what is the operators' never sees a tenant's session, and the other way round. */
const part: Handle = (request) =>
	operators.isConsole(request.event.url.pathname) ? operators.guard(request) : tenants(request);

export const handle = sequence(dress, part);

/** Foreseen refusals keep their words; the rest gets a number that finds it in the log. Queries are never logged: they carry tokens. */
export const handleError: HandleServerError = ({ kind, error: cause, event }) => {
	if (kind !== 'unknown' || isRedirect(cause)) return;
	if (cause instanceof Failure) return { status: cause.status, message: cause.says, slug: cause.slug };
	const request = crypto.randomUUID();
	console.error(`${event.request.method} ${event.url.pathname} failed, request ${request}:`, cause);
	return { message: failures.internal.says, request };
};
