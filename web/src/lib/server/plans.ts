import * as z from 'zod';
import { billingIntervals, type Plan } from '#core/billing.ts';
import { failures } from '#core/failures.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { askPayments } from './payments.ts';
import { refusalOf } from './refusals.ts';

const micros = z.number().int();
const PlanRow: z.ZodType<Plan> = z.object({
	code: z.string(),
	place: z.number(),
	name: z.string(),
	monthly_micros: micros,
	yearly_micros: micros,
	included_segments: z.number(),
	included_max_micros: micros,
	max_numbers: z.number(),
	max_members: z.number(),
	api_requests_per_minute: z.number(),
	retention_days: z.number().nullable(),
	storage_bytes: z.number(),
	credit_micros: micros
});

const Usage = z.object({
	plan: z.string(),
	is_granted: z.boolean(),
	granted_until: z.string().nullable(),
	members: z.number(),
	numbers: z.number(),
	segments: z.number(),
	/** As many as there may be. */
	most: z.object({ segments: z.number(), numbers: z.number(), members: z.number() })
});
export type Usage = z.infer<typeof Usage>;

const Subscription = z.object({
	plan_code: z.string(),
	billing_interval: z.enum(billingIntervals),
	status: z.string(),
	current_period_end: z.string().nullable(),
	cancel_at_period_end: z.boolean(),
	grace_ends_at: z.string().nullable()
});
export type Subscription = z.infer<typeof Subscription>;

export const Wish = z.object({
	plan: z.string().regex(/^[a-z]{1,40}$/, failures.plan_unknown.says),
	billing_interval: z.enum(billingIntervals, failures.plan_unknown.says)
});
export type Wish = z.infer<typeof Wish>;

const Preview = z.object({
	due_micros: micros,
	lines: z.array(z.object({ says: z.string(), micros })),
	proration_at: z.number().int()
});
export type Preview = z.infer<typeof Preview>;

const live = ['active', 'trialing', 'past_due', 'unpaid', 'paused'];

/** Every plan, the smallest first; for visitors as well. */
export async function list(database: AppDatabase): Promise<Plan[]> {
	const { data, error } = await database.rpc('list_plans');
	if (error) throw refusalOf(error);
	return z.array(PlanRow).parse(data);
}

/** The plan that counts, and how much of it is used. */
export async function usage(database: AppDatabase, organizationId: string): Promise<Usage> {
	const { data, error } = await database.rpc('plan_usage', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return Usage.parse(data);
}

/** The subscription that lives; null: there is none. */
export async function subscription(database: AppDatabase, organizationId: string): Promise<Subscription | null> {
	const { data, error } = await database
		.from('subscriptions')
		.select('plan_code, billing_interval, status, current_period_end, cancel_at_period_end, grace_ends_at')
		.eq('organization_id', organizationId)
		.in('status', live)
		.limit(1);
	if (error) throw refusalOf(error);
	return data[0] ? Subscription.parse(data[0]) : null;
}

const Owed = z.object({ grace_ends_at: z.string() });
export type Owed = z.infer<typeof Owed>;

/** Until when the plan is kept although its payment failed; null: none is owed. */
export async function owed(database: AppDatabase, organizationId: string): Promise<Owed | null> {
	const { data, error } = await database
		.from('subscriptions')
		.select('grace_ends_at')
		.eq('organization_id', organizationId)
		.in('status', ['past_due', 'unpaid'])
		.not('grace_ends_at', 'is', null)
		.limit(1);
	if (error) throw refusalOf(error);
	return data[0] ? Owed.parse(data[0]) : null;
}

/** Where the plan is paid. Throws `already_subscribed`, `plan_unknown`, `payments_unavailable`. */
export async function subscribe(database: AppDatabase, organizationId: string, wish: Wish): Promise<string | null> {
	const answer = await askPayments(await token(database), 'subscriptions', {
		organization_id: organizationId,
		...wish
	});
	return z.object({ url: z.url().nullable() }).parse(answer).url;
}

/** What a change costs now. Nothing is changed. Throws `not_subscribed`. */
export async function preview(database: AppDatabase, organizationId: string, wish: Wish): Promise<Preview> {
	return Preview.parse(
		await askPayments(await token(database), 'plan-previews', { organization_id: organizationId, ...wish })
	);
}

/** Changes the plan for what was shown. Throws `payment_declined`, `plan_changed_meanwhile`. */
export async function change(
	database: AppDatabase,
	organizationId: string,
	wish: Wish & { proration_at: number }
): Promise<void> {
	await askPayments(await token(database), 'plan-changes', { organization_id: organizationId, ...wish });
}

/** At the end of what is paid; or not, after all. */
export async function cancel(database: AppDatabase, organizationId: string, cancelled: boolean): Promise<void> {
	await askPayments(await token(database), 'cancellations', { organization_id: organizationId, cancelled });
}

async function token(database: AppDatabase): Promise<string> {
	return (await currentSession(database)).access_token;
}
