import type { Context } from 'hono';
import { Failure, failures, type Slug } from '../core/failures.ts';
import { summarize, type Log } from './log.ts';

/** A refusal as RFC 9457 problem details. */
export function problem(slug: Slug, says: string = failures[slug].says): Response {
	const { status } = failures[slug];
	const body = { type: 'about:blank', title: says, status, code: slug };
	return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** Answers whatever a handler throws: a `Failure` as itself, anything else as `internal`, with the reason logged. */
export function answerErrors(log: Log) {
	return (error: Error, c: Context): Response => {
		const failure = error instanceof Failure ? error : new Failure('internal', undefined, { cause: error });
		if (failure.status >= 500) log('failed', { path: c.req.path, code: failure.slug, error: summarize(failure) });
		return problem(failure.slug, failure.says);
	};
}
