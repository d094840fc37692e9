import type { MiddlewareHandler } from 'hono';
import { routeOf } from './endpoint.ts';
import type { Log } from './log.ts';

export type WithRequestId = { Variables: { requestId: string } };

/** A UUID of version 7, whose first 48 bits are ms since 1970: ids sort by time, as in the database, which keeps some of them. */
function idAt(now: number): string {
	const time = now.toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** What a caller may call the request that ours is part of: the app's own server does. */
const theirs = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * Gives each request an id, in `x-request-id` of its answer, and logs how it ended: never what it carried, nor its address, which
 * can hold a secret or a number. An id that came along is logged beside ours: it is the caller's word.
 */
export function requestId(log: Log): MiddlewareHandler<WithRequestId> {
	return async (c, next) => {
		const id = idAt(Date.now());
		const began = performance.now();
		c.set('requestId', id);
		await next();
		c.res.headers.set('x-request-id', id);
		const { method } = c.req;
		const ms = Math.round(performance.now() - began);
		const via = c.req.header('x-request-id');
		const along = via !== undefined && theirs.test(via) ? { via } : undefined;
		log('answered', { request_id: id, route: routeOf(c), method, status: c.res.status, ms, ...along });
	};
}
