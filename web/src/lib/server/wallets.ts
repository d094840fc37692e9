import * as z from 'zod';
import { microsOfDollars, topUpLimits } from '#core/billing.ts';
import { failures } from '#core/failures.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { askPayments } from './payments.ts';
import { refusalOf } from './refusals.ts';

const micros = z.number().int();

const Wallet = z.object({ balance_micros: micros, held_micros: micros, credit_micros: micros });
export type Wallet = z.infer<typeof Wallet>;

const TopUp = z.object({
	id: z.string(),
	amount_micros: micros,
	automatic: z.boolean(),
	status: z.enum(['open', 'processing', 'needs_action', 'paid', 'failed', 'expired']),
	decline_code: z.string().nullable(),
	refunded_micros: micros,
	receipt_url: z.string().nullable(),
	created_at: z.string(),
	paid_at: z.string().nullable()
});
export type TopUp = z.infer<typeof TopUp>;

const AutoTopUp = z.object({
	threshold_micros: micros,
	amount_micros: micros,
	monthly_ceiling_micros: micros,
	pause_reason: z.enum(['failed', 'needs_action']).nullable()
});
export type AutoTopUp = z.infer<typeof AutoTopUp>;

const Payer = z.object({
	name: z.string().nullable(),
	address: z.record(z.string(), z.string().nullable()).nullable(),
	tax_ids: z.array(z.object({ type: z.string(), value: z.string() })),
	payment_method: z
		.object({
			brand: z.string(),
			last4: z.string().nullable(),
			exp_month: z.number().nullable(),
			exp_year: z.number().nullable()
		})
		.nullable()
});
export type Payer = z.infer<typeof Payer>;

const Invoice = z.object({
	id: z.string(),
	number: z.string().nullable(),
	status: z.string(),
	says: z.string().nullable(),
	total_micros: micros,
	due_micros: micros,
	hosted_url: z.string().nullable(),
	pdf_url: z.string().nullable(),
	created_at: z.string()
});
export type Invoice = z.infer<typeof Invoice>;

const dollars = (says: string) =>
	z.string().transform((typed, ctx) => {
		const amount = microsOfDollars(typed);
		if (amount !== null) return amount;
		ctx.addIssue({ code: 'custom', message: says });
		return z.NEVER;
	});

export const TopUpWish = z.object({
	amount: dollars(failures.top_up_invalid.says).pipe(
		z.number().min(topUpLimits.least, failures.top_up_invalid.says).max(topUpLimits.most, failures.top_up_invalid.says)
	),
	idempotency_key: z.string().min(1).max(100)
});

export const AutoTopUpWish = z.object({
	threshold: dollars(failures.auto_top_up_invalid.says),
	amount: dollars(failures.auto_top_up_invalid.says),
	ceiling: dollars(failures.auto_top_up_invalid.says)
});

const Page = z.object({ url: z.url().nullable() });

/** Nothing was ever booked: nothing is there. */
export async function wallet(database: AppDatabase, organizationId: string): Promise<Wallet> {
	const { data, error } = await database
		.from('wallets')
		.select('balance_micros, held_micros, credit_micros')
		.eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return Wallet.parse(data[0] ?? { balance_micros: 0, held_micros: 0, credit_micros: 0 });
}

/** The newest top-ups; what was left at Checkout is not among them. */
export async function topUps(database: AppDatabase, organizationId: string): Promise<TopUp[]> {
	const { data, error } = await database
		.from('top_ups')
		.select('id, amount_micros, automatic, status, decline_code, refunded_micros, receipt_url, created_at, paid_at')
		.eq('organization_id', organizationId)
		.in('status', ['processing', 'needs_action', 'paid', 'failed'])
		.order('id', { ascending: false })
		.limit(12);
	if (error) throw refusalOf(error);
	return z.array(TopUp).parse(data);
}

/** One top-up as it stands now; null: there is none of this id. */
export async function topUp(database: AppDatabase, organizationId: string, id: string): Promise<TopUp | null> {
	if (!z.guid().safeParse(id).success) return null;
	const { data, error } = await database
		.from('top_ups')
		.select('id, amount_micros, automatic, status, decline_code, refunded_micros, receipt_url, created_at, paid_at')
		.eq('organization_id', organizationId)
		.eq('id', id);
	if (error) throw refusalOf(error);
	return data[0] ? TopUp.parse(data[0]) : null;
}

/** How the wallet fills itself; null: it does not. */
export async function autoTopUp(database: AppDatabase, organizationId: string): Promise<AutoTopUp | null> {
	const { data, error } = await database
		.from('auto_top_ups')
		.select('threshold_micros, amount_micros, monthly_ceiling_micros, pause_reason')
		.eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return data[0] ? AutoTopUp.parse(data[0]) : null;
}

/** To whom invoices go, and which card is kept; null: nobody has paid yet. */
export async function payer(database: AppDatabase, organizationId: string): Promise<Payer | null> {
	const { data, error } = await database
		.from('billing_customers')
		.select('name, address, tax_ids, payment_method')
		.eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return data[0] ? Payer.parse(data[0]) : null;
}

export async function invoices(database: AppDatabase, organizationId: string): Promise<Invoice[]> {
	const { data, error } = await database
		.from('invoices')
		.select('id, number, status, says, total_micros, due_micros, hosted_url, pdf_url, created_at')
		.eq('organization_id', organizationId)
		.order('created_at', { ascending: false })
		.limit(24);
	if (error) throw refusalOf(error);
	return z.array(Invoice).parse(data);
}

/** Where a top-up is paid; null: it is over. The same key is the same top-up. Throws `top_up_invalid`, `payments_unavailable`. */
export async function beginTopUp(
	database: AppDatabase,
	organizationId: string,
	wish: z.infer<typeof TopUpWish>
): Promise<string | null> {
	const answer = await ask(database, 'top-ups', {
		organization_id: organizationId,
		amount_micros: wish.amount,
		idempotency_key: wish.idempotency_key
	});
	return Page.parse(answer).url;
}

/** Where the bank asks the card's owner; null: nothing is left to confirm. Throws `nothing_to_confirm`, `payment_declined`. */
export async function confirmTopUp(database: AppDatabase, topUpId: string): Promise<string | null> {
	return Page.parse(await ask(database, 'top-ups/confirmations', { top_up_id: topUpId })).url;
}

/** Throws `auto_top_up_invalid`, `payment_method_missing`. Null: the wallet does not fill itself. */
export async function setAutoTopUp(
	database: AppDatabase,
	organizationId: string,
	wish: z.infer<typeof AutoTopUpWish> | null
): Promise<void> {
	const { error } = await database.rpc('set_auto_top_up', {
		organization_id: organizationId,
		...(wish && {
			threshold_micros: wish.threshold,
			amount_micros: wish.amount,
			monthly_ceiling_micros: wish.ceiling
		})
	});
	if (error) throw refusalOf(error);
}

/** The provider's page for cards, address and tax ids. */
export async function portal(database: AppDatabase, organizationId: string): Promise<string | null> {
	return Page.parse(await ask(database, 'portals', { organization_id: organizationId })).url;
}

/** Reads what may have changed at the provider: somebody comes back from one of its pages. */
export async function readAgain(database: AppDatabase, organizationId: string): Promise<void> {
	await ask(database, 'readings', { organization_id: organizationId });
}

async function ask(database: AppDatabase, path: string, body: object): Promise<unknown> {
	return askPayments((await currentSession(database)).access_token, path, body);
}
