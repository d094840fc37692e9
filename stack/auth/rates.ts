import type { Config } from '../config.ts';

/** `[auth.rate_limit]` of config.toml, with hosted's defaults: per address and five minutes; letters per hour, all in all. */
const kinds = {
	sign_in_sign_ups: { amount: 30, seconds: 300 },
	token_refresh: { amount: 150, seconds: 300 },
	token_verifications: { amount: 30, seconds: 300 },
	email_sent: { amount: 30, seconds: 3600 }
} as const;

export type Kind = keyof typeof kinds;

/** So many at once, whatever the setting: hosted's bucket. Source: supabase.com/docs/guides/auth/rate-limits. */
const burst = 30;

/** Everybody on this machine has one address: tests and a whole team of demo people share it. */
export const neighbours = 100;

/**
 * Counts requests as a bucket that fills again evenly, in memory as hosted's does.
 * @param now milliseconds
 */
export function rateLimits(config: Config, now: () => number = Date.now) {
	const buckets = new Map<string, { left: number; at: number }>();

	function look(kind: Kind, who: string) {
		const isLocal = kind === 'email_sent' || /^(::1|(::ffff:)?127\.)/.test(who);
		const factor = isLocal ? neighbours : 1;
		const amount = config.get('auth.rate_limit', kind, kinds[kind].amount as number) * factor;
		const most = kind === 'email_sent' ? amount : burst * factor;
		const before = buckets.get(`${kind} ${who}`) ?? { left: most, at: now() };
		const filled = before.left + ((now() - before.at) / 1000 / kinds[kind].seconds) * amount;
		return { key: `${kind} ${who}`, left: Math.min(most, filled) };
	}

	return {
		/** Whether one more is within the limit; it is counted then. `who` is an address, or nobody in particular. */
		take(kind: Kind, who = ''): boolean {
			const { key, left } = look(kind, who);
			if (left < 1) return false;
			if (buckets.size > 10_000) buckets.clear();
			buckets.set(key, { left: left - 1, at: now() });
			return true;
		},
		/** Whether one more would be, without counting it. */
		allows: (kind: Kind, who = '') => look(kind, who).left >= 1
	};
}

export type RateLimits = ReturnType<typeof rateLimits>;
