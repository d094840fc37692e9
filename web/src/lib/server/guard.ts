import { error, redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import { Failure } from '#core/failures.ts';
import * as people from './people.ts';
import * as sessions from './sessions.ts';
import { visitorOf } from './sign-ins.ts';

/**
 * The one guard of member routes and of those for a person outside any organization: every request asks the database who
 * this is before anything else happens.
 */
export const guard: Handle = async ({ event, resolve }) => {
	const { route, params, locals } = event;
	const group = /^\/\((member|person)\)/.exec(route.id ?? '')?.[1];
	if (!group || (group === 'member' && !params.slug)) return resolve(event);
	try {
		const zone = event.cookies.get('time_zone');
		const asked =
			group === 'person'
				? (locals.person = people.inZone(await people.whoami(locals.database), zone))
				: (locals.me = people.inZone(await people.me(locals.database, params.slug ?? ''), zone));
		sessions.describe(asked, visitorOf(event));
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug === 'session_ended') redirect(303, await signInAgain(event));
		const refuse = () => error(cause.status, cause.says, { slug: cause.slug });
		// the page's own data is where Kit can answer with our error page: whoever asks for them there is refused
		Object.defineProperty(locals, group === 'person' ? 'person' : 'me', { get: refuse });
		if (event.request.method !== 'GET') refuse();
	}
	return resolve(event);
};

/** `ended` and `expired` have the sign-in page say why it is there; a stranger never had a session. */
async function signInAgain({ url, request, cookies }: RequestEvent): Promise<string> {
	const how = await sessions.leave(request, cookies);
	// the query of an action names the action: nothing to come back to
	const next = request.method === 'GET' ? url.pathname + url.search : url.pathname;
	return `/sign-in?${new URLSearchParams({ ...(how !== 'never' && { [how]: '' }), next })}`;
}
