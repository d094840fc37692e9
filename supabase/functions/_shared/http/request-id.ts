import type { MiddlewareHandler } from 'hono';
import type { Log } from './log.ts';

export type WithRequestId = { Variables: { requestId: string } };

/** A UUID of version 7, whose first 48 bits are ms since 1970: ids sort by time, as in the database, which keeps some of them. */
function idAt(now: number): string {
	const time = now.toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** Gives each request an id, in `x-request-id` of its answer, and logs how it ended: never what it carried. */
export function requestId(log: Log): MiddlewareHandler<WithRequestId> {
	return async (c, next) => {
		const id = idAt(Date.now());
		const began = performance.now();
		c.set('requestId', id);
		await next();
		c.res.headers.set('x-request-id', id);
		const { method, path } = c.req;
		log('answered', { request_id: id, method, path, status: c.res.status, ms: Math.round(performance.now() - began) });
	};
}
