import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { numberTypes } from '#core/number-catalogue.ts';
import { dayIn } from '#core/number-usage.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Owned = z.object({
	id: z.string(),
	e164: z.string(),
	label: z.string(),
	color: z.number(),
	country_code: z.string(),
	kind: z.enum(numberTypes),
	capabilities: z.array(z.string()),
	status: z.enum(['active', 'grace', 'quarantined', 'released']),
	monthly_micros: z.number(),
	renews_at: z.string().nullable(),
	auto_renew: z.boolean(),
	ends_at: z.string().nullable(),
	grace_until: z.string().nullable(),
	quarantined_until: z.string().nullable(),
	restricted: z.boolean(),
	created_at: z.string(),
	released_at: z.string().nullable(),
	is_default: z.boolean()
});
export type Owned = z.infer<typeof Owned>;
const columns = Object.keys(Owned.shape).join(', ');

const Day = z.object({
	day: z.string(),
	received: z.number(),
	received_segments: z.number(),
	sent: z.number(),
	sent_segments: z.number(),
	delivered: z.number(),
	failed: z.number(),
	failures: z.record(z.string(), z.number()),
	opted_out: z.number(),
	micros: z.number().nullable(),
	last_received_at: z.string().nullable()
});
const Usage = z.array(z.object({ phone_number_id: z.string(), days: z.array(Day) }));

const Event = z.object({
	id: z.string(),
	kind: z.string(),
	about: z.string().nullable(),
	days: z.number().nullable(),
	monthly_micros: z.number(),
	created_at: z.string()
});

export const Naming = z.object({
	label: z.string().min(1, 'Give it a label.').max(40, 'A label has at most 40 characters.'),
	color: z.coerce.number().int().min(1).max(8)
});

export const Cancelling = z.object({
	typed: z.string().min(1, 'Type the number to confirm.'),
	when: z.enum(['now', 'period_end'])
});

/** What somebody typed, as E.164 says it: digits with a plus, however they are set apart. */
export function typedNumber(typed: string): string {
	return `+${typed.replace(/\D/g, '')}`;
}

/** All numbers that the caller may see, by their labels; those that were given back come last. */
export async function list(database: AppDatabase, organizationId: string): Promise<Owned[]> {
	const { data, error } = await database
		.from('owned_numbers')
		.select(columns)
		.eq('organization_id', organizationId)
		.order('released_at', { ascending: false, nullsFirst: true })
		.order('label')
		.order('id')
		.limit(1000);
	if (error) throw refusalOf(error);
	return z.array(Owned).parse(data);
}

/** One of them. Throws `not_found`. */
export async function find(database: AppDatabase, organizationId: string, id: string): Promise<Owned> {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const { data, error } = await database
		.from('owned_numbers')
		.select(columns)
		.eq('organization_id', organizationId)
		.eq('id', id);
	if (error) throw refusalOf(error);
	const [one] = z.array(Owned).parse(data);
	if (!one) throw new Failure('not_found');
	return one;
}

/** What went through the numbers in so many days, by number; and which day it is in the organization's zone. */
export async function usage(
	database: AppDatabase,
	organizationId: string,
	timeZone: string,
	{ days, id }: { days: number; id?: string }
) {
	const today = dayIn(new Date(), timeZone);
	const { data, error } = await database.rpc('number_usage', {
		organization_id: organizationId,
		days,
		...(id && { phone_number_id: id })
	});
	if (error) throw refusalOf(error);
	return { today, numbers: Usage.parse(data) };
}

/** What happened to a number, the newest first. */
export async function events(database: AppDatabase, id: string) {
	const { data, error } = await database
		.from('number_events')
		.select('id, kind, about, days, monthly_micros, created_at')
		.eq('phone_number_id', id)
		.order('id', { ascending: false })
		.limit(30);
	if (error) throw refusalOf(error);
	return z.array(Event).parse(data);
}

type Verbs = {
	rename: z.infer<typeof Naming>;
	autoRenew: boolean;
	cancel: z.infer<typeof Cancelling>;
};

/** Throws `not_allowed`, `number_label_invalid`. */
export async function rename(database: AppDatabase, id: string, { label, color }: Verbs['rename']): Promise<void> {
	const { error } = await database.rpc('update_number', { phone_number_id: id, label, color });
	if (error) throw refusalOf(error);
}

/** Throws `not_allowed`. */
export async function setAutoRenew(database: AppDatabase, id: string, on: Verbs['autoRenew']): Promise<void> {
	const { error } = await database.rpc('set_auto_renew', { phone_number_id: id, auto_renew: on });
	if (error) throw refusalOf(error);
}

/** Throws `not_allowed`, `balance_too_low`. */
export async function renew(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('renew_number', { phone_number_id: id });
	if (error) throw refusalOf(error);
}

/** Throws `not_allowed`, `number_differs`. */
export async function cancel(database: AppDatabase, id: string, { typed, when }: Verbs['cancel']): Promise<void> {
	const { error } = await database.rpc('cancel_number', {
		phone_number_id: id,
		e164: typedNumber(typed),
		at_period_end: when === 'period_end'
	});
	if (error) throw refusalOf(error);
}

/** It stays after all. Throws `not_allowed`. */
export async function keep(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('keep_number', { phone_number_id: id });
	if (error) throw refusalOf(error);
}

/** Begins this person's new texts from a number; null: from the best match. Throws `not_allowed`, `not_found`. */
export async function setDefault(database: AppDatabase, organizationId: string, id: string | null): Promise<void> {
	const { error } = await database.rpc('set_default_number', {
		organization_id: organizationId,
		...(id !== null && { phone_number_id: id })
	});
	if (error) throw refusalOf(error);
}

/**
 * The documents that the carrier asks for numbers of a country and kind, by its names for them; null where nobody has looked
 * there yet.
 */
export async function documents(
	database: AppDatabase,
	{ country_code, kind }: Pick<Owned, 'country_code' | 'kind'>
): Promise<string[] | null> {
	const { data, error } = await database
		.from('number_prices')
		.select('documents')
		.eq('country_code', country_code)
		.eq('kind', kind)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data?.documents ?? null;
}
