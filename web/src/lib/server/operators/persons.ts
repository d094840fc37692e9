import * as z from 'zod';
import { service } from '../service.ts';
import { answered, done } from './answered.ts';
import type { Operator } from './realm.ts';

const Card = z.object({
	id: z.string(),
	username: z.string(),
	organizations: z.array(
		z.object({
			id: z.string(),
			name: z.string(),
			slug: z.string(),
			role: z.string(),
			suspended_at: z.string().nullable()
		})
	)
});

const Whole = Card.extend({
	full_name: z.string().nullable(),
	email: z.string().nullable(),
	email_confirmed_at: z.string().nullable(),
	time_zone: z.string(),
	locale: z.string(),
	created_at: z.string(),
	suspended_at: z.string().nullable(),
	deletion_requested_at: z.string().nullable(),
	visited: z.string(),
	sessions: z.number(),
	suspensions: z.array(z.object({ reason: z.string(), at: z.string(), resumed_at: z.string().nullable() }))
});

export const Hold = z.object({
	held: z.enum(['yes', 'no']),
	reason: z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.')
});

/** Who somebody is; only their username where nobody said why they look at one of their organizations. Throws `not_found`. */
export async function look({ session }: Operator, user_id: string) {
	const data = answered(await service().rpc('operator_person', { session, user_id }), z.unknown());
	const whole = Whole.safeParse(data);
	if (whole.success) return { card: whole.data, person: whole.data };
	return { card: Card.strict().parse(data), person: null };
}

/** Puts an account on hold everywhere, or ends that. Throws `operator_not_allowed`, `reason_missing`, `not_found`. */
export async function hold(
	{ session }: Operator,
	user_id: string,
	{ held, reason }: z.infer<typeof Hold>
): Promise<void> {
	done(await service().rpc('operator_hold_person', { session, user_id, held: held === 'yes', reason }));
}
