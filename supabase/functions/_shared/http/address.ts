import { isIP } from 'node:net';
import type { Context } from 'hono';

/**
 * Where a request comes from, or null where that cannot be known. In front of hosted functions stands Cloudflare, which
 * overwrites `cf-connecting-ip`; of `x-forwarded-for`, to which each hop adds, only what the last one saw is beyond doubt.
 */
export function addressOf(c: Context): string | null {
	const last = c.req.header('x-forwarded-for')?.split(',').at(-1);
	// one of IPv4 may be dressed up as one of IPv6
	const named = (c.req.header('cf-connecting-ip') ?? last ?? '').trim().replace(/^::ffff:(?=[\d.]+$)/i, '');
	return isIP(named) ? named : null;
}
