/** A web page elsewhere must not hold a handset or pay: neither across origins nor through a name that resolves to here. */
import type { MiddlewareHandler } from 'hono';

/** Only asked for by a name of this machine, so that no other site can pose as ours by its DNS. */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
	const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(c.req.header('host') ?? '');
	if (!isLoopback) return c.json({ error: 'host_refused', message: 'Ask for this by 127.0.0.1 or localhost.' }, 403);
	await next();
};

/** Lets in programs (they send no Origin) and our own page. */
export const sameOriginOnly: MiddlewareHandler = async (c, next) => {
	const origin = c.req.header('origin');
	const site = c.req.header('sec-fetch-site') ?? 'none';
	const isOurs = origin === undefined || origin === `http://${c.req.header('host')}`;
	if (!isOurs || (site !== 'none' && site !== 'same-origin')) {
		return c.json({ error: 'origin_refused', message: 'Only the page itself may do this.' }, 403);
	}
	await next();
};
