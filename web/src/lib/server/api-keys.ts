import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { makeKey } from '#core/api-keys.ts';
import { dayAfter, dayAt, startOfDay } from '#core/days.ts';
import { Failure, failures } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import { overlaps, scopeNames } from '#core/key-scopes.ts';
import { displayPhone } from '#core/phone-display.ts';
import type { AppDatabase } from './database.ts';
import * as numberAccess from './number-access.ts';
import { refusalOf } from './refusals.ts';

const Key = z.object({
	id: z.string(),
	name: z.string(),
	mode: z.enum(['live', 'test']),
	/** What it is known by: may be shown. */
	prefix: z.string(),
	scopes: z.array(z.string()),
	phone_number_ids: z.array(z.string()).nullable(),
	allowed_from: z.array(z.string()).nullable(),
	expires_at: z.string().nullable(),
	replaces: z.string().nullable(),
	created_by: z.string().nullable(),
	created_at: z.string(),
	rotated_at: z.string().nullable(),
	revoked_at: z.string().nullable(),
	last_used_at: z.string().nullable(),
	last_used_address: z.string().nullable(),
	last_used_endpoint: z.string().nullable(),
	scope_uses: z.record(z.string(), z.string())
});
export type Key = z.infer<typeof Key>;

const Refusal = z.object({
	key_id: z.string(),
	reason: z.string(),
	address: z.string().nullable(),
	created_at: z.string()
});
/** Requests by one key that were refused for one reason from one address. */
export type Refusals = z.infer<typeof Refusal> & { times: number };

/** How many refused requests are looked at for the list. */
const mostRefusals = 1000;

/** The organization's keys, the newest first. Empty for those who may not see them. */
export async function list(database: AppDatabase, organizationId: string): Promise<Key[]> {
	const { data, error } = await database
		.from('api_keys')
		.select(Object.keys(Key.shape).join(', '))
		.eq('organization_id', organizationId)
		.order('created_at', { ascending: false })
		.order('id', { ascending: false })
		.limit(1000);
	if (error) throw refusalOf(error);
	return z.array(Key).parse(data);
}

/** What was refused since a moment, the latest first: alike requests are one. */
export async function refusals(
	database: AppDatabase,
	organizationId: string,
	since: Date,
	keyId?: string
): Promise<Refusals[]> {
	let asked = database
		.from('api_key_refusals')
		.select('key_id, reason, address, created_at')
		.eq('organization_id', organizationId)
		.gte('created_at', since.toISOString())
		.order('id', { ascending: false })
		.limit(mostRefusals);
	if (keyId) asked = asked.eq('key_id', keyId);
	const { data, error } = await asked;
	if (error) throw refusalOf(error);
	const alike = new Map<string, Refusals>();
	for (const row of z.array(Refusal).parse(data)) {
		const which = [row.key_id, row.reason, row.address].join(' ');
		const known = alike.get(which);
		if (known) known.times += 1;
		else alike.set(which, { ...row, times: 1 });
	}
	return [...alike.values()];
}

/** The numbers that a key can be limited to, by their labels, and as their countries write them. */
export async function numbers(
	database: AppDatabase,
	organizationId: string
): Promise<{ id: string; label: string; phone: string }[]> {
	const list = await numberAccess.list(database, organizationId);
	return list.map(({ phone_number_id: id, e164, label }) => {
		const { prefix, rest } = displayPhone(e164);
		return { id, label, phone: `${prefix} ${rest}` };
	});
}

/** What a key may do, as the form says it. Times are midnight in the person's time zone, the last day included. */
const Rights = z.object({
	scopes: z.array(z.string()),
	/** Null: all. */
	phone_number_ids: z.array(z.uuid()).min(1, 'Choose at least one number, or all of them.').nullable(),
	allowed_from: z.array(z.string()),
	last_day: z.union([z.iso.date(failures.key_expiry_invalid.says), z.literal('')])
});
export type Rights = z.infer<typeof Rights>;

const name = z.string().min(1, failures.key_name_invalid.says).max(60, failures.key_name_invalid.says);
export const Renaming = z.object({ name });
export const Rotating = z.object({
	overlap: z.coerce.number().refine((chosen) => overlaps.some(({ seconds }) => seconds === chosen))
});
export const Making = Rights.extend({
	name,
	mode: z.enum(['live', 'test'], 'Choose what the key is for.'),
	/** The form's own, so that it makes one key however often it is sent. */
	once: z.uuid()
});

/** What the form chose, as `Making` and `Changing` read it and as it is shown again after a refusal. */
export function rightsIn(form: FormData): z.input<typeof Rights> {
	const texts = (field: string) => form.getAll(field).filter((value) => typeof value === 'string');
	return {
		scopes: texts('scopes').filter((scope) => (scopeNames as readonly string[]).includes(scope)),
		phone_number_ids: form.get('numbers') === 'some' ? texts('phone_number_ids') : null,
		allowed_from: texts('allowed_from')
			.flatMap((typed) => typed.split(/[\s,;]+/))
			.filter(Boolean),
		last_day: texts('last_day')[0] ?? ''
	};
}
export const Changing = Rights;

/** Which field a refusal is about, where it is about one. */
const fields: Readonly<Partial<Record<Slug, string>>> = {
	key_name_invalid: 'name',
	key_scopes_invalid: 'scopes',
	key_address_invalid: 'allowed_from',
	key_expiry_invalid: 'last_day'
};
export function fieldOf(cause: unknown): string | undefined {
	return cause instanceof Failure ? fields[cause.slug] : undefined;
}

const argumentsOf = (rights: Rights, timeZone: string) => ({
	scopes: rights.scopes,
	...(rights.phone_number_ids && { phone_number_ids: rights.phone_number_ids }),
	...(rights.allowed_from.length > 0 && { allowed_from: rights.allowed_from }),
	...(rights.last_day && { expires_at: startOfDay(dayAfter(rights.last_day), timeZone).toISOString() })
});

/** A new key, and what of it is stored. `once` draws its id, so that the same form cannot make two. */
function fresh(mode: Key['mode'], once: string) {
	let drawn = 0;
	// the id may be known; the secret that follows it is chance
	const { key, id } = makeKey(mode, randomBytes, (bytes) =>
		createHash('sha512').update(`${once} ${drawn++}`).digest().subarray(0, bytes)
	);
	return { key, public_id: id, hash: createHash('sha256').update(key).digest('hex') };
}

/**
 * Makes a key and answers it: nobody can show it again. Throws `fresh_session_required`, `key_scopes_invalid`,
 * `key_address_invalid`, `key_expiry_invalid`, `keys_too_many`, `key_made` …
 */
export async function create(
	database: AppDatabase,
	organizationId: string,
	{ name, mode, once, ...rights }: z.infer<typeof Making>,
	timeZone: string
): Promise<{ id: string; key: string }> {
	const { key, ...kept } = fresh(mode, once);
	const { data, error } = await database.rpc('create_api_key', {
		organization_id: organizationId,
		name,
		mode,
		...kept,
		...argumentsOf(rights, timeZone)
	});
	if (error) throw refusalOf(error);
	return { id: data, key };
}

/** The last day on which a key is good, as its form shows it; '' where it has none. */
export function lastDayOf({ expires_at }: Key, timeZone: string): string {
	return expires_at ? dayAt(Date.parse(expires_at) - 1, timeZone) : '';
}

/** Throws `key_scopes_invalid`, `key_over`, `fresh_session_required` for what makes it wider … */
export async function change(database: AppDatabase, key: Key, rights: Rights, timeZone: string): Promise<void> {
	// the same day is the same moment, also for whoever lives by another clock
	const kept = key.expires_at && rights.last_day === lastDayOf(key, timeZone) && { expires_at: key.expires_at };
	const { error } = await database.rpc('change_api_key', { key_id: key.id, ...argumentsOf(rights, timeZone), ...kept });
	if (error) throw refusalOf(error);
}

/** Throws `key_name_invalid`, `not_found`. */
export async function rename(database: AppDatabase, id: string, name: string): Promise<void> {
	const { error } = await database.rpc('rename_api_key', { key_id: id, name });
	if (error) throw refusalOf(error);
}

/** Puts a new key in the place of one that goes on for `overlap` seconds. Throws `key_over`, `key_rotated` … */
export async function rotate(
	database: AppDatabase,
	{ id, mode }: Pick<Key, 'id' | 'mode'>,
	overlap: number
): Promise<{ id: string; key: string }> {
	const { key, ...kept } = fresh(mode, `${id} is rotated once`);
	const { data, error } = await database.rpc('rotate_api_key', { key_id: id, overlap_seconds: overlap, ...kept });
	if (error) throw refusalOf(error);
	return { id: data, key };
}

/** Ends a key. Throws `not_found`, `not_allowed`. */
export async function revoke(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('revoke_api_key', { key_id: id });
	if (error) throw refusalOf(error);
}

/** One of the keys. Throws `not_found`. */
export async function find(database: AppDatabase, organizationId: string, id: string): Promise<Key> {
	const key = (await list(database, organizationId)).find((one) => one.id === id);
	if (!key) throw new Failure('not_found');
	return key;
}
