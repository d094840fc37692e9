import { AsyncLocalStorage } from 'node:async_hooks';

/** Which request a line of work belongs to, however deep it is in it. */
const current = new AsyncLocalStorage<string>();

const wellFormed = /^[A-Za-z0-9_-]{8,64}$/;

/** The id of a request: the one that a proxy before us gave it, else a new one. */
export function idOf(headers: Headers): string {
	const given = headers.get('x-request-id') ?? '';
	return wellFormed.test(given) ? given : crypto.randomUUID();
}

/** Does some work as part of a request. */
export function during<T>(id: string, work: () => T): T {
	return current.run(id, work);
}

/** A `fetch` that names the request it is part of, so that the logs of all rooms tell one story. */
export const tracedFetch: typeof fetch = (input, init) => {
	const id = current.getStore();
	if (id === undefined) return fetch(input, init);
	const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
	headers.set('x-request-id', id);
	return fetch(input, { ...init, headers });
};

type Fields = Readonly<Record<string, string | number | null>>;

/** A line of the log, as JSON: ids, routes and outcomes, never an address's query, a body or a cookie. */
export function log(event: string, fields: Fields): void {
	console.log(JSON.stringify({ at: new Date().toISOString(), function: 'web', event, ...fields }));
}
