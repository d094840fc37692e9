import * as z from 'zod';
import { parts, Queue, State } from '../health.ts';
import { service } from '../service.ts';
import { answered, done } from './answered.ts';
import type { Operator } from './realm.ts';

const ms = z.number().nullable();

const Health = z.object({
	parts: z.array(
		z.object({
			part: z.enum(Object.keys(parts) as [keyof typeof parts]),
			state: State,
			checked_at: z.string().nullable(),
			ms,
			says: z.string().nullable(),
			/** Of today (UTC), as of the last ten minutes. */
			p95_ms: ms,
			good: z.number(),
			bad: z.number()
		})
	),
	errors: z.array(z.object({ part: z.string(), checked_at: z.string(), says: z.string() })),
	queues: z.array(Queue),
	clock: z.array(
		z.object({
			name: z.string(),
			schedule: z.string(),
			ran_at: z.string().nullable(),
			ms,
			says: z.string().nullable()
		})
	),
	texts: z.array(
		z.object({
			accepted_at: z.string(),
			handed_ms: ms,
			receipt_ms: ms,
			arrived_ms: ms,
			ended_at: z.string().nullable()
		})
	)
});

const Told = z.object({
	maintenance: z.object({ says: z.string(), ends_at: z.string().nullable(), began_at: z.string() }).nullable(),
	announcements: z.array(
		z.object({
			id: z.string(),
			level: z.string(),
			says: z.string(),
			is_public: z.boolean(),
			starts_at: z.string(),
			ends_at: z.string(),
			withdrawn_at: z.string().nullable(),
			by: z.string().nullable()
		})
	)
});

const reason = z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.');
const says = z.string().min(3, 'Write 3 characters at least.').max(500, 'Use at most 500 characters.');
/** What `datetime-local` gives, read as UTC: operators work on one clock. */
const moment = z
	.string()
	.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/, 'Choose a day and a time.')
	.transform((local) => `${local}Z`);
const maybe = z.union([z.literal('').transform(() => null), moment]);

export const Announcement = z.object({
	level: z.enum(['info', 'warning', 'incident'], 'Choose one.'),
	says,
	starts_at: maybe.default(null),
	ends_at: moment,
	is_public: z
		.literal('on')
		.optional()
		.transform((on) => on === 'on'),
	reason
});
export const Withdrawal = z.object({ announcement: z.uuid('Choose one.'), reason });
export const Rest = z.object({ says, ends_at: maybe.default(null), reason });
export const End = z.object({ reason });

/** How each part is, what went wrong last, queues, the clock's jobs, the platform's own texts, and what is announced. */
export async function health({ session }: Operator) {
	const [health, told] = await Promise.all([
		service().rpc('operator_health', { session }),
		service().rpc('operator_announcements', { session })
	]);
	const { parts: found, ...rest } = answered(health, Health);
	return {
		...rest,
		parts: found.map((one) => ({ ...one, name: parts[one.part] })),
		...answered(told, Told)
	};
}

/** Tells everybody something. Throws `operator_not_allowed`, `reason_missing`, `announcement_invalid`. */
export async function announce({ session }: Operator, { starts_at, ...draft }: z.infer<typeof Announcement>) {
	done(await service().rpc('operator_announce', { session, ...draft, ...(starts_at && { starts_at }) }));
}

/** Ends an announcement. Throws `operator_not_allowed`, `reason_missing`. */
export async function withdraw({ session }: Operator, { announcement, reason }: z.infer<typeof Withdrawal>) {
	done(await service().rpc('operator_withdraw', { session, announcement_id: announcement, reason }));
}

/** Has the platform rest. Throws `operator_not_allowed`, `reason_missing`, `announcement_invalid`. */
export async function rest({ session }: Operator, { says, ends_at, reason }: z.infer<typeof Rest>) {
	done(await service().rpc('operator_set_maintenance', { session, reason, says, ...(ends_at && { ends_at }) }));
}

/** Has it go on. Throws `operator_not_allowed`, `reason_missing`. */
export async function goOn({ session }: Operator, { reason }: z.infer<typeof End>) {
	done(await service().rpc('operator_set_maintenance', { session, reason }));
}
