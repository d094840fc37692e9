import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** Which route answers, without what a client put in its place: `/v1/messages/{id}`. Null where there is none. */
export function routeOf(c: Context): string | null {
	// those for everybody end in a star; of the others, the first that fits answers
	const path = matchedRoutes(c).find((route) => !route.path.endsWith('*'))?.path;
	if (path === undefined) return null;
	const pattern = path.replace(/^\/api/, '').replace(/:(\w+)(\{[^/]*\})?/g, '{$1}');
	return pattern.startsWith('/rest/') ? namedIn(c.req.path) : pattern;
}

/**
 * What is asked of which route, as it is counted and kept: `GET /v1/messages/{id}`, `POST /rest/v1/rpc/send_message`. Of what
 * a client makes up there is nothing in it but the name of a view or verb: an address that no route fits is `GET (unknown)`.
 */
export function endpointOf(c: Context): string {
	return `${c.req.method} ${routeOf(c) ?? '(unknown)'}`;
}

/** At most 63 small letters: as long as a name in the database. */
function namedIn(path: string): string {
	return /\/rest\/v1\/(?:rpc\/)?[a-z_]{1,63}$/.exec(path)?.[0] ?? '/rest/v1/(unknown)';
}
