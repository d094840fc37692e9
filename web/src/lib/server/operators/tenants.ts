import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { Limit } from '../dashboard.ts';
import { service } from '../service.ts';
import { Throttle } from './abuse.ts';
import { answered, done } from './answered.ts';
import type { Operator } from './realm.ts';

const moment = z.string();
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();

const Card = z.object({ id: z.string(), slug: z.string(), name: z.string() });

const Overview = Card.extend({
	reason: z.string(),
	created_at: moment,
	suspended_at: maybe(moment),
	unmasked_until: maybe(moment),
	verified: maybe(z.object({ at: moment, reason: z.string() })),
	plan: z.object({
		code: z.string(),
		name: z.string(),
		monthly_micros: z.number(),
		is_granted: z.boolean(),
		/** null with `is_granted`: for good. */
		granted_until: maybe(moment),
		subscription: maybe(z.object({ status: z.string(), plan: z.string(), until: maybe(moment) }))
	}),
	plans: z.array(z.string()),
	limits: z.array(Limit),
	throttle: maybe(Throttle),
	proposed_throttle: maybe(z.string()),
	requests_per_minute: z.number(),
	limit_granted_until: maybe(moment),
	wallet: z.object({ balance_micros: maybe(z.number()), held_micros: maybe(z.number()) }),
	member_count: z.number(),
	number_count: z.number(),
	texts: z.object({ sent: z.number(), delivered: z.number(), received: z.number(), failed: z.number() }),
	members: z.array(
		z.object({
			user_id: z.string(),
			name: z.string(),
			email: z.string(),
			role: z.string(),
			suspended_at: maybe(moment)
		})
	),
	numbers: z.array(
		z.object({
			id: z.string(),
			e164: z.string(),
			label: z.string(),
			color: z.number(),
			status: z.string(),
			renews_at: maybe(moment),
			monthly_micros: z.number(),
			texts: z.number()
		})
	),
	keys: z.array(
		z.object({
			id: z.string(),
			prefix: z.string(),
			name: z.string(),
			last_used_at: maybe(moment),
			expires_at: maybe(moment),
			revoked_at: maybe(moment)
		})
	),
	suspensions: z.array(z.object({ reason: z.string(), at: moment, resumed_at: maybe(moment) })),
	looks: z.array(
		z.object({
			id: z.string(),
			verb: z.string(),
			after: maybe(z.record(z.string(), z.unknown())),
			created_at: moment
		})
	)
});
export type Overview = z.infer<typeof Overview>;

const Conversations = z.object({
	unmasked_until: maybe(moment),
	conversations: z.array(
		z.object({
			id: z.string(),
			last_message_at: moment,
			texts: z.number(),
			number: z.string(),
			color: z.number(),
			status: maybe(z.string()),
			direction: maybe(z.string()),
			error_code: maybe(z.string()),
			archived_at: maybe(moment),
			contact: maybe(z.string()),
			body: maybe(z.string())
		})
	)
});

const Conversation = z.object({
	id: z.string(),
	organization_id: z.string(),
	unmasked_until: maybe(moment),
	contact: maybe(z.string()),
	number: z.string(),
	texts: z.array(
		z.object({
			id: z.string(),
			seq: z.number(),
			direction: z.string(),
			status: z.string(),
			error_code: maybe(z.string()),
			segments: maybe(z.number()),
			carrier_message_id: maybe(z.string()),
			created_at: moment,
			body: maybe(z.string())
		})
	)
});

/** Says why an operator looks at an organization; from then on its pages are shown, and each is in its audit log. */
export async function visit({ session }: Operator, organization_id: string, reason: string): Promise<void> {
	done(await service().rpc('operator_visit', { session, organization_id, reason }));
}

/** How an organization stands; only its name where nobody said why they look at it. One look. Throws `not_found`. */
export async function look(
	{ session }: Operator,
	organization_id: string
): Promise<{ card: z.infer<typeof Card>; overview: Overview | null }> {
	const data = answered(await service().rpc('operator_organization', { session, organization_id }), z.unknown());
	const overview = Overview.safeParse(data);
	if (overview.success) return { card: overview.data, overview: overview.data };
	const card = Card.strict().parse(data);
	return { card, overview: null };
}

/** Its conversations; contacts and words are null unless an owner gave a code. One look. Throws `visit_missing`. */
export async function conversations({ session }: Operator, organization_id: string) {
	return answered(await service().rpc('operator_conversations', { session, organization_id }), Conversations);
}

/** The last texts of one of them, masked in the same way. One look. Throws `not_found`, `visit_missing`. */
export async function conversation({ session }: Operator, conversation_id: string) {
	return answered(await service().rpc('operator_conversation', { session, conversation_id }), Conversation);
}

/** Uses an owner's code. Throws `support_code_invalid`, `rate_limited`. */
export async function unmask({ session }: Operator, organization_id: string, code: string): Promise<void> {
	const counts = answered(await service().rpc('operator_unmask', { session, organization_id, code }), z.boolean());
	if (!counts) throw new Failure('support_code_invalid');
}

const organizationId = z.uuid();
const reason = z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.');
const message = z
	.string()
	.min(10, 'Say to the owners what this is about, in 10 characters at least.')
	.max(2000, 'Use at most 2,000 characters.');

const day = z.string().regex(/^(\d{4}-\d{2}-\d{2})?$/, 'Use a date, for example 2026-12-31.');
/** A day's last moment, of UTC; null: no day. The generated types know no null for arguments. */
const endOf = (date: string) => (date ? `${date}T23:59:59Z` : null) as string;

export const Visit = z.object({ reason });
export const Unmask = z.object({ code: z.string().min(1, 'Type the code.').max(40, 'Type the code.') });
export const Hold = z.object({ held: z.enum(['yes', 'no']), reason, message });
export const Mark = z.object({ verified: z.enum(['yes', 'no']), reason });
export const Override = z
	.object({
		plan: z.string().max(40),
		requests: z
			.string()
			.regex(/^\d{0,6}$/, 'Use a whole number.')
			.transform((typed) => (typed === '' ? null : Number(typed))),
		until: day,
		reason
	})
	.refine(({ plan, requests, until }) => until !== '' || (plan === '' && requests === null), {
		path: ['until'],
		message: 'Say until when.'
	});
export const SetLimit = z
	.object({
		limit: Limit.shape.name,
		value: z
			.string()
			.regex(/^\d{0,9}$/, 'Use a whole number.')
			.transform((typed) => (typed === '' ? null : Number(typed))),
		limit_until: day,
		reason
	})
	.refine(({ value, limit_until }) => limit_until !== '' || value === null, {
		path: ['limit_until'],
		message: 'Say until when.'
	});
export const Credit = z.object({
	amount: z
		.string()
		.regex(/^[−-]?\d{1,5}([.]\d{1,2})?$/, 'Use dollars and cents, for example 12.50; with a minus, to debit.')
		.transform((typed) => Math.round(Number(typed.replace('−', '-')) * 100) * 10_000),
	kind: z.enum(['refund', 'goodwill', 'correction']),
	key: organizationId,
	reason
});

/** Puts it on hold, or ends that, with a message to its owners. Throws `operator_not_allowed`, `visit_missing`. */
export async function hold({ session }: Operator, organization_id: string, draft: z.infer<typeof Hold>): Promise<void> {
	const { held, ...words } = draft;
	const verb = held === 'yes' ? 'operator_suspend' : 'operator_resume';
	done(await service().rpc(verb, { session, organization_id, ...words }));
}

/** Marks it as known to the platform, or takes the mark away. */
export async function verify(
	{ session }: Operator,
	organization_id: string,
	draft: z.infer<typeof Mark>
): Promise<void> {
	const { verified, reason } = draft;
	done(await service().rpc('operator_verify', { session, organization_id, verified: verified === 'yes', reason }));
}

/** A plan and API requests until the end of a day (UTC); what is empty is taken back. Throws `malformed`. */
export async function override(
	{ session }: Operator,
	organization_id: string,
	{ plan, requests, until, reason }: z.infer<typeof Override>
): Promise<void> {
	done(
		await service().rpc('operator_override', {
			session,
			organization_id,
			// the generated types know no null for arguments
			plan: (plan || null) as string,
			requests_per_minute: requests as number,
			until: endOf(until),
			reason
		})
	);
}

/** One limit until the end of a day (UTC), whatever the plan says; without a value it is taken back. Throws `malformed`. */
export async function setLimit(
	{ session }: Operator,
	organization_id: string,
	{ limit, value, limit_until, reason }: z.infer<typeof SetLimit>
): Promise<void> {
	done(
		await service().rpc('operator_override_limit', {
			...{ session, organization_id, name: limit, reason },
			// files are typed in MB
			value: (value !== null && limit === 'storage' ? value * 1_000_000 : value) as number,
			until: endOf(limit_until)
		})
	);
}

/** Credits the wallet, or debits it, once under its key. Throws `nothing_to_book`, `balance_too_low`. */
export async function credit(
	{ session }: Operator,
	organization_id: string,
	{ amount, kind, key, reason }: z.infer<typeof Credit>
): Promise<void> {
	done(
		await service().rpc('operator_credit', {
			session,
			organization_id,
			amount_micros: amount,
			kind,
			reason,
			idempotency_key: key
		})
	);
}
