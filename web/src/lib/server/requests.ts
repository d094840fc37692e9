import { AsyncLocalStorage } from 'node:async_hooks';
import { summarize } from '#core/errors.ts';

/** Which request a line of work belongs to, however deep it is in it. */
const current = new AsyncLocalStorage<{ id: string; retryAt?: Date }>();

const wellFormed = /^[A-Za-z0-9_-]{8,64}$/;

/** The id of a request: the one that a proxy before us gave it, else a new one. */
export function idOf(headers: Headers): string {
	const given = headers.get('x-request-id') ?? '';
	return wellFormed.test(given) ? given : crypto.randomUUID();
}

/** Does some work as part of a request. */
export function during<T>(id: string, work: () => T): T {
	return current.run({ id }, work);
}

/** Whoever asks can come back at this moment: what refused says so, however deep in the work. */
export function comeBackAt(moment: Date): void {
	const request = current.getStore();
	if (request) request.retryAt = moment;
}

/** In how many seconds that is; a minute where nothing said so. */
export function retryAfter(): number {
	const { retryAt } = current.getStore() ?? {};
	return retryAt ? Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1000)) : 60;
}

/** A `fetch` that names the request it is part of, so that the logs of all rooms tell one story. */
export const tracedFetch: typeof fetch = (input, init) => {
	const id = current.getStore()?.id;
	if (id === undefined) return fetch(input, init);
	const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
	headers.set('x-request-id', id);
	return fetch(input, { ...init, headers });
};

/** So many calls of a failure's stack are worth a line. */
const deepest = 12;

type Fields = Readonly<Record<string, string | number | null | undefined>>;

/** A line of the log, as JSON: ids, routes and outcomes, never an address's query, a body or a cookie. */
export function log(event: string, fields: Fields): void {
	console.log(lineOf(event, fields));
}

function lineOf(event: string, fields: Fields): string {
	return JSON.stringify({ at: new Date().toISOString(), function: 'web', event, ...fields });
}

/** A line about what went wrong: its words, and where in our code, without what it was about. */
export function logFailure(event: string, cause: unknown, fields: Fields = {}): void {
	const frames = cause instanceof Error ? cause.stack?.match(/^ {4}at .*$/gm)?.slice(0, deepest) : undefined;
	const said = { request_id: current.getStore()?.id, ...fields, error: summarize(cause), stack: frames?.join('\n') };
	console.error(lineOf(event, said));
}
