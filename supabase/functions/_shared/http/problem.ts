import type { Context } from 'hono';
import { Failure, failures, type Slug } from '../core/failures.ts';
import { summarize } from '../core/errors.ts';
import { routeOf } from './endpoint.ts';
import type { Log } from './log.ts';

/** What is wrong with one field of a request; `field` is its path, with dots. */
export type FieldError = { field: string; says: string };

/** A request that has not the form it should have, field by field. */
export class Malformed extends Failure {
	readonly errors: readonly FieldError[];

	constructor(errors: readonly FieldError[]) {
		super('malformed');
		this.errors = errors;
	}
}

/** Members beside the standard's own. */
type More = { request_id?: string | undefined; errors?: readonly FieldError[]; [member: string]: unknown };

/**
 * A refusal as RFC 9457 problem details. `title` is the catalogue's sentence, `detail` the more exact one where there is.
 * `docs`: where a page explains each, by its slug; none where nobody reads them.
 */
export function problem(slug: Slug, says: string = failures[slug].says, more: More = {}, docs?: string): Response {
	const { status, says: title } = failures[slug];
	const type = docs === undefined ? 'about:blank' : `${docs}/${slug}`;
	const body = { type, title, status, code: slug, ...(says !== title && { detail: says }), ...more };
	return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** In seconds: for whom nobody knows better when to come back. */
const usualRetry = 2;

/**
 * Answers whatever a handler throws: a `Failure` as itself, anything else as `internal`, with the reason logged. What may
 * work later says when. What it was is in the context as `refusal`.
 */
export function answerErrors(log: Log, docs?: string) {
	return (error: Error, c: Context): Response => {
		const failure = error instanceof Failure ? error : new Failure('internal', undefined, { cause: error });
		// for http/request-log.ts, where a function uses that
		c.set('refusal', failure.slug);
		// the id that http/request-id.ts gave it, where a function uses that
		const request_id = c.get('requestId') as string | undefined;
		if (failure.status >= 500) {
			log('failed', { request_id, route: routeOf(c), code: failure.slug, error: summarize(failure) });
		}
		c.set('refusal', failure.slug);
		const more = {
			...(request_id !== undefined && { request_id }),
			...(failure instanceof Malformed && { errors: failure.errors })
		};
		const answer = problem(failure.slug, failure.says, more, docs);
		if (failure.status === 401) answer.headers.set('www-authenticate', 'Bearer');
		if (failure.status === 429 || failure.status === 503) {
			const wait = failure.retryAt ? Math.ceil((failure.retryAt.getTime() - Date.now()) / 1000) : usualRetry;
			answer.headers.set('retry-after', String(Math.max(wait, 1)));
		}
		return answer;
	};
}
