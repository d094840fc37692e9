import { isHttpError, isRedirect } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks';
import { dev } from '$app/env';
import { PAYMENTS_URL } from '$app/env/private';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure, failures } from '#core/failures.ts';
import { compress } from '#lib/server/compress.ts';
import { createDatabase } from '#lib/server/database.ts';
import { guard } from '#lib/server/guard.ts';
import { protect } from '#lib/server/headers.ts';
import { meter } from '#lib/server/metrics.ts';
import * as operators from '#lib/server/operators/guard.ts';
import * as requests from '#lib/server/requests.ts';
import { themeOf } from '#lib/server/themes.ts';

/** Outermost: each request has an id, which goes along to every room that is asked for it, and a line in the log once it is answered. */
const note: Handle = async ({ event, resolve }) => {
	const id = (event.locals.requestId = requests.idOf(event.request.headers));
	const began = performance.now();
	const answered = (status: number) => {
		const ms = Math.round(performance.now() - began);
		const said = { route: event.route.id, method: event.request.method, status, ms };
		meter.count(said);
		if (!dev) requests.log('answered', { request_id: id, ...said });
	};
	try {
		const response = await requests.during(id, async () => {
			const answer = await resolve(event);
			if (answer.status === 503 && !answer.headers.has('retry-after')) {
				answer.headers.set('retry-after', String(requests.retryAfter()));
			}
			return answer;
		});
		response.headers.set('x-request-id', id);
		answered(response.status);
		return compress(event.request.headers, response);
	} catch (cause) {
		// what a guard throws becomes an answer further out
		answered(isRedirect(cause) || isHttpError(cause) ? cause.status : 500);
		throw cause;
	}
};

/** What every answer carries, and the theme that the first paint already has. */
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

export const handle = sequence(note, dress, part);

/** Foreseen refusals keep their words; the rest gets the number that finds it in the log. Queries are never logged: they carry tokens. */
export const handleError: HandleServerError = ({ kind, error: cause, event }) => {
	if (kind !== 'unknown' || isRedirect(cause)) return;
	const request = event.locals.requestId;
	if (cause instanceof Failure && cause.status < 500) {
		return { status: cause.status, message: cause.says, slug: cause.slug };
	}
	const asked = { request_id: request, route: event.route.id, method: event.request.method };
	if (dev) console.error(cause);
	else requests.logFailure('failed', cause, asked);
	if (cause instanceof Failure) return { status: cause.status, message: cause.says, slug: cause.slug, request };
	return { message: failures.internal.says, request };
};
