/** What all pages for people have in common: their headers, and the answer where nothing is. */
import type { Context } from 'hono';
import type { Asker, Records } from './records.ts';
import type { Store } from './store.ts';
import { noticeView } from './views.ts';

export type PageSettings = {
	store: Store;
	work: <Result>(asker: Asker, what: (records: Records) => Result) => Result;
	/** Milliseconds since 1970. */
	now: () => number;
};

/** Nobody asked for it by the API: a person did it. */
export const person: Asker = { id: null, idempotency_key: null };

export async function headers(c: Context, next: () => Promise<void>): Promise<void> {
	allowForms(c, []);
	c.header('cache-control', 'no-store');
	c.header('x-content-type-options', 'nosniff');
	// not `no-referrer`: forms would come without their origin
	c.header('referrer-policy', 'same-origin');
	await next();
}

/** The policy of a page; browsers hold where a form's answer redirects to against `form-action`, too. */
export function allowForms(c: Context, urls: (string | null | undefined)[]): void {
	const origins = urls.flatMap((url) => (url ? [new URL(url).origin] : []));
	c.header(
		'content-security-policy',
		"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
			`form-action ${[...new Set(["'self'", ...origins])].join(' ')}`
	);
}

export function nothing(c: Context) {
	return c.html(noticeView('Nothing here', 'This address leads nowhere.', null), 404);
}
