import * as z from 'zod';
import { Failure, failures } from '#core/failures.ts';
import { numberCapabilities, numberTypes } from '#core/number-catalogue.ts';
import { orderStatuses } from '#core/number-orders.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Order = z.object({
	id: z.string(),
	e164: z.string(),
	label: z.string(),
	country_code: z.string(),
	kind: z.enum(numberTypes),
	capabilities: z.array(z.enum(numberCapabilities)),
	locality: z.string().nullable(),
	region: z.string().nullable(),
	monthly_micros: z.number(),
	setup_micros: z.number(),
	total_micros: z.number(),
	status: z.enum(orderStatuses),
	ordered_by: z.string().nullable(),
	ordered_by_username: z.string().nullable(),
	ordered_by_name: z.string().nullable(),
	doubted_at: z.string().nullable(),
	provisioning_at: z.string().nullable(),
	ended_at: z.string().nullable(),
	phone_number_id: z.string().nullable(),
	reason: z.string().nullable(),
	revision: z.number(),
	created_at: z.string()
});

/** An order as its form is sent: what was seen to be its price, and how the number shall be called. */
export const Wanted = z.object({
	total_micros: z.coerce.number(failures.malformed.says).int(failures.malformed.says).min(0, failures.malformed.says),
	label: z.string().max(40, 'A name has at most 40 characters.').default(''),
	key: z.string().min(8, failures.malformed.says).max(200, failures.malformed.says)
});

/**
 * Orders a number; answers the order's id. Throws `fresh_session_required`, `balance_too_low`, `number_price_changed`,
 * `number_offer_gone`, `number_sold`, `number_documents_missing`, `not_allowed` …
 */
export async function place(
	database: AppDatabase,
	organizationId: string,
	e164: string,
	{ total_micros, label, key }: z.infer<typeof Wanted>
): Promise<string> {
	const { data, error } = await database.rpc('order_number', {
		organization_id: organizationId,
		e164,
		total_micros,
		idempotency_key: key,
		...(label && { label })
	});
	if (error) throw refusalOf(error);
	return data;
}

/** One order. Throws `not_found`, also where it is another organization's. */
export async function open(database: AppDatabase, organizationId: string, id: string) {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const { data, error } = await database
		.from('number_orders')
		.select('*')
		.eq('organization_id', organizationId)
		.eq('id', id)
		.maybeSingle();
	if (error) throw refusalOf(error);
	if (!data) throw new Failure('not_found');
	return Order.parse(data);
}

/** What an organization has, free and set aside, in micros of USD; null for those who may not see it. */
export async function wallet(
	database: AppDatabase,
	organizationId: string,
	capabilities: readonly string[]
): Promise<{ free: number; held: number; credit: number } | null> {
	if (!capabilities.includes('billing:read')) return null;
	const { data, error } = await database
		.from('wallets')
		.select('balance_micros, held_micros, credit_micros')
		.eq('organization_id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return { free: data?.balance_micros ?? 0, held: data?.held_micros ?? 0, credit: data?.credit_micros ?? 0 };
}
