import * as z from 'zod';
import { service } from '../service.ts';
import { answered, done } from './answered.ts';
import type { Operator } from './realm.ts';

export const steps = ['free', 'watch', 'slow', 'hold', 'stop'] as const;
const step = z.enum(steps);
const count = z.number().int();

/** What an organization is held back by. */
export const Throttle = z.object({
	step,
	/** Of its pace. */
	percent: count.nullable(),
	message: z.string().nullable(),
	until: z.string(),
	by_rule: z.boolean()
});

const Signs = z.object({
	id: z.string(),
	name: z.string(),
	slug: z.string(),
	suspended: z.boolean(),
	plan: z.string(),
	sent: count,
	sent_hour: count,
	usual_day: count.nullable(),
	opted_out: count,
	filtered: count,
	unreachable: count,
	failed: count,
	new_recipients: count,
	proposed: step.nullable(),
	counted_at: z.string().nullable(),
	findings: z.array(z.object({ signal: z.string(), step, value: z.number(), many: count })),
	throttle: Throttle.omit({ message: true }).nullable()
});
export type Signs = z.infer<typeof Signs>;

export const shown = ['proposed', 'throttled', 'all'] as const;
export type Shown = (typeof shown)[number];
export type After = { sent: number; id: string };

/** Fifty organizations with the signs of abuse in what they sent within a day, those that sent most first. */
export async function read({ session }: Operator, which: Shown, after: After | null): Promise<Signs[]> {
	const place = after && { before_sent: after.sent, before_id: after.id };
	return answered(await service().rpc('operator_abuse', { session, shown: which, ...place }), z.array(Signs));
}

export const Step = z
	.object({
		step,
		percent: z.enum(['50', '20', '5', '']).transform((typed) => Number(typed || 1)),
		throttle_until: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'Say until when, for example 2026-12-31.'),
		throttle_message: z.string().max(1000, 'Use at most 1,000 characters.'),
		reason: z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.')
	})
	.refine(({ step, throttle_message }) => step === 'free' || step === 'watch' || throttle_message.length >= 10, {
		path: ['throttle_message'],
		message: 'Say to the owners why, in 10 characters at least.'
	});

/** Puts an organization on a step of the ladder until the end of a day (UTC). Throws `operator_not_allowed`, `visit_missing`. */
export async function throttle(
	{ session }: Operator,
	organization_id: string,
	{ step, percent, throttle_until, throttle_message, reason }: z.infer<typeof Step>
): Promise<void> {
	done(
		await service().rpc('operator_throttle', {
			...{ session, organization_id, step, percent, reason },
			until: `${throttle_until}T23:59:59Z`,
			message: throttle_message
		})
	);
}
