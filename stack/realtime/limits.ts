import { z } from 'zod';

/** What one project may do on hosted Realtime. A second's rate is the mean over the last minute, as there. */
export type Limits = {
	/** sockets with a channel on them */
	connections: number;
	channelsPerConnection: number;
	/** broadcasts, counted once for the sender and once for each who hears them */
	messagesPerSecond: number;
	joinsPerSecond: number;
	/** states, differences and what clients track */
	presencePerSecond: number;
	/** what one channel may say of its presence within the window (ms) */
	presenceCalls: number;
	presenceWindow: number;
	/** what one presence may say of itself: the fields of its object */
	presenceKeys: number;
	/** kB (1,000 bytes) of one broadcast or presence */
	payloadKilobytes: number;
};

const alike = { channelsPerConnection: 100, presenceCalls: 5, presenceWindow: 30_000, presenceKeys: 10 };
const large = {
	...alike,
	messagesPerSecond: 2500,
	joinsPerSecond: 2500,
	presencePerSecond: 1000,
	payloadKilobytes: 3000
};

/** supabase.com/docs/guides/realtime/limits, November 2026. `large` is Pro without a spend cap, and Team. */
export const plans = {
	free: {
		...alike,
		connections: 200,
		messagesPerSecond: 100,
		joinsPerSecond: 100,
		presencePerSecond: 20,
		payloadKilobytes: 256
	},
	pro: {
		...alike,
		connections: 500,
		messagesPerSecond: 500,
		joinsPerSecond: 500,
		presencePerSecond: 50,
		payloadKilobytes: 3000
	},
	large: { ...large, connections: 10_000 }
} satisfies Record<string, Limits>;

const Overrides = z.partialRecord(
	z.enum(Object.keys(plans.pro) as [keyof Limits, ...(keyof Limits)[]]),
	z.number().positive()
);

/**
 * The limits that the environment asks for: `REALTIME_PLAN` names a plan (pro), `REALTIME_LIMITS` is JSON that changes
 * single ones: `{"messagesPerSecond": 5000}`.
 * @throws when either is not known
 */
export function limitsFrom({ REALTIME_PLAN = 'pro', REALTIME_LIMITS = '{}' }: NodeJS.ProcessEnv): Limits {
	const plan = z.enum(Object.keys(plans) as (keyof typeof plans)[]).parse(REALTIME_PLAN);
	return { ...plans[plan], ...Overrides.parse(JSON.parse(REALTIME_LIMITS)) };
}

/** Bytes that a payload may have; hosted leaves room for what it packs around it. */
export const mostBytes = ({ payloadKilobytes }: Limits) => payloadKilobytes * 1000 + 500;
