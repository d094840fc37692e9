import * as z from 'zod';
import { failures } from '#core/failures.ts';
import { webhookEventNames, webhookOrderNames } from '#core/webhooks.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Endpoint = z.object({
	id: z.string(),
	url: z.string(),
	description: z.string().nullable(),
	event_types: z.array(z.string()),
	phone_number_ids: z.array(z.string()).nullable(),
	order_by: z.enum(webhookOrderNames),
	created_at: z.string(),
	rotated_at: z.string().nullable(),
	previous_ends_at: z.string().nullable(),
	disabled_at: z.string().nullable(),
	disabled_reason: z.enum(['person', 'failing']).nullable(),
	failing_since: z.string().nullable(),
	blocked_until: z.string().nullable()
});
export type Endpoint = z.infer<typeof Endpoint>;

const Delivery = z.object({
	id: z.string(),
	event_id: z.string(),
	event_type: z.string(),
	status: z.enum(['waiting', 'delivered', 'parked']),
	attempts: z.number(),
	next_attempt_at: z.string(),
	last_status: z.number().nullable(),
	last_failure: z.string().nullable(),
	delivered_at: z.string().nullable(),
	replayed_at: z.string().nullable(),
	created_at: z.string()
});
export type Delivery = z.infer<typeof Delivery>;

const Attempt = z.object({
	id: z.string(),
	attempt: z.number(),
	url: z.string(),
	address: z.string().nullable(),
	status: z.number().nullable(),
	failure: z.string().nullable(),
	duration_ms: z.number(),
	answer: z.string().nullable(),
	created_at: z.string()
});
export type Attempt = z.infer<typeof Attempt>;

export const perPage = 50;

/** An endpoint as its form is sent; lists are joined by commas. No numbers: of all of them. */
export const Draft = z.object({
	url: z.string().min(1, failures.webhook_url_invalid.says),
	description: z.string().max(200, 'A note has at most 200 characters.').default(''),
	event_types: z
		.string(failures.webhook_events_invalid.says)
		.transform((text) => text.split(',').filter((type) => type !== ''))
		.pipe(z.array(z.enum(webhookEventNames)).min(1, failures.webhook_events_invalid.says)),
	phone_number_ids: z
		.string()
		.default('')
		.transform((text) => text.split(',').filter((id) => id !== ''))
		.pipe(z.array(z.uuid())),
	order_by: z.enum(webhookOrderNames).default('subject')
});
export type Draft = z.infer<typeof Draft>;

/** What a form holds whose boxes have the same name: their values, joined. */
export function fieldsOf(form: FormData): Record<string, string> {
	const one = (name: string) => {
		const value = form.get(name);
		return typeof value === 'string' ? value.trim() : '';
	};
	const several = (name: string) =>
		form
			.getAll(name)
			.filter((value) => typeof value === 'string')
			.join(',');
	return {
		url: one('url'),
		description: one('description'),
		event_types: several('event_types'),
		phone_number_ids: several('phone_number_ids'),
		...(one('order_by') && { order_by: one('order_by') })
	};
}

export async function list(database: AppDatabase, organizationId: string): Promise<Endpoint[]> {
	const { data, error } = await database
		.from('webhook_endpoints')
		.select('*')
		.eq('organization_id', organizationId)
		.order('id');
	if (error) throw refusalOf(error);
	return z.array(Endpoint).parse(data);
}

/** How many events wait for each endpoint or were given up, by `<endpoint> <status>`; counted up to a thousand. */
export async function troubles(database: AppDatabase, organizationId: string): Promise<Record<string, number>> {
	const { data, error } = await database
		.from('webhook_deliveries')
		.select('endpoint_id, status')
		.eq('organization_id', organizationId)
		.neq('status', 'delivered')
		.limit(1000);
	if (error) throw refusalOf(error);
	const counts: Record<string, number> = {};
	for (const { endpoint_id, status } of data) {
		const name = `${String(endpoint_id)} ${String(status)}`;
		counts[name] = (counts[name] ?? 0) + 1;
	}
	return counts;
}

/** One of the organization's; null where there is none. */
export async function one(database: AppDatabase, organizationId: string, id: string): Promise<Endpoint | null> {
	if (!z.uuid().safeParse(id).success) return null;
	const { data, error } = await database
		.from('webhook_endpoints')
		.select('*')
		.eq('organization_id', organizationId)
		.eq('id', id)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data && Endpoint.parse(data);
}

const Query = z.object({
	status: z.enum(['waiting', 'delivered', 'parked']).nullable().catch(null),
	before: z.uuid().nullable().catch(null),
	delivery: z.uuid().nullable().catch(null)
});
export type Query = z.infer<typeof Query>;

/** What a log's address asks for. What cannot be read is left out. */
export function queryOf(search: URLSearchParams): Query {
	return Query.parse({
		status: search.get('status'),
		before: search.get('before'),
		delivery: search.get('delivery')
	});
}

/** What was sent to an endpoint or waits for it, newest first, and one more than a page where there is more. */
export async function deliveries(
	database: AppDatabase,
	organizationId: string,
	endpointId: string,
	{ status, before }: Query
): Promise<Delivery[]> {
	let asked = database
		.from('webhook_deliveries')
		.select('*')
		.eq('organization_id', organizationId)
		.eq('endpoint_id', endpointId)
		.order('id', { ascending: false })
		.limit(perPage + 1);
	if (status) asked = asked.eq('status', status);
	if (before) asked = asked.lt('id', before);
	const { data, error } = await asked;
	if (error) throw refusalOf(error);
	return z.array(Delivery).parse(data);
}

/** What one of them said, with its codes masked, and every attempt, the newest first. */
export async function opened(
	database: AppDatabase,
	organizationId: string,
	deliveryId: string
): Promise<{ payload: string; attempts: Attempt[] }> {
	const [said, tried] = await Promise.all([
		database.rpc('webhook_delivery_payload', { delivery_id: deliveryId }),
		database
			.from('webhook_attempts')
			.select('*')
			.eq('organization_id', organizationId)
			.eq('delivery_id', deliveryId)
			.order('id', { ascending: false })
			.limit(100)
	]);
	if (said.error) throw refusalOf(said.error);
	if (tried.error) throw refusalOf(tried.error);
	return { payload: JSON.stringify(said.data, null, 2), attempts: z.array(Attempt).parse(tried.data) };
}

/** Answers the new endpoint's id and its secret, which nobody can show again. Throws `fresh_session_required`, `webhook_…`. */
export async function create(
	database: AppDatabase,
	organizationId: string,
	draft: Draft
): Promise<{ id: string; secret: string }> {
	const { data, error } = await database.rpc('create_webhook_endpoint', {
		organization_id: organizationId,
		...argumentsOf(draft)
	});
	if (error) throw refusalOf(error);
	return z.object({ id: z.string(), secret: z.string() }).parse(data);
}

/** Throws as `create`. */
export async function update(database: AppDatabase, endpointId: string, draft: Draft): Promise<void> {
	const { error } = await database.rpc('update_webhook_endpoint', { endpoint_id: endpointId, ...argumentsOf(draft) });
	if (error) throw refusalOf(error);
}

function argumentsOf({ url, description, event_types, phone_number_ids, order_by }: Draft) {
	return {
		...{ url, event_types, order_by },
		...(description && { description }),
		...(phone_number_ids.length > 0 && { phone_number_ids })
	};
}

/** For how long the secret before goes on, in seconds. */
export const Rotation = z.object({ overlap_seconds: z.coerce.number().int().min(0).max(604_800).catch(0) });

/** Answers the new secret. Throws `fresh_session_required`. */
export async function rotate(database: AppDatabase, endpointId: string, overlapSeconds: number): Promise<string> {
	const { data, error } = await database.rpc('rotate_webhook_secret', {
		endpoint_id: endpointId,
		overlap_seconds: overlapSeconds
	});
	if (error) throw refusalOf(error);
	return data;
}

/** Throws `not_found`, `not_allowed`. */
export async function change(
	database: AppDatabase,
	deed: 'enable_webhook_endpoint' | 'disable_webhook_endpoint' | 'delete_webhook_endpoint',
	endpointId: string
): Promise<void> {
	const { error } = await database.rpc(deed, { endpoint_id: endpointId });
	if (error) throw refusalOf(error);
}

/** Sends a test and answers the id of its delivery. Throws `webhook_disabled`. */
export async function sendTest(database: AppDatabase, endpointId: string): Promise<string> {
	const { data, error } = await database.rpc('send_test_event', { endpoint_id: endpointId });
	if (error) throw refusalOf(error);
	return data;
}

/** One once more. Throws `webhook_disabled`. */
export async function replay(database: AppDatabase, deliveryId: string): Promise<void> {
	const { error } = await database.rpc('replay_webhook_delivery', { delivery_id: deliveryId });
	if (error) throw refusalOf(error);
}

const moment = z
	.string()
	.transform((text) => (text === '' ? undefined : text))
	.pipe(z.iso.date('A day is like 2026-11-22.').optional());

/** Days from and to which to send again, both included; `all`: also what arrived. */
export const Range = z.object({
	since: moment,
	until: moment,
	which: z.enum(['parked', 'all']).catch('parked')
});

/** Answers how many. Days are those of UTC. Throws `webhook_disabled`. */
export async function replayRange(
	database: AppDatabase,
	endpointId: string,
	{ since, until, which }: z.infer<typeof Range>
): Promise<number> {
	const { data, error } = await database.rpc('replay_webhook_deliveries', {
		endpoint_id: endpointId,
		only_parked: which === 'parked',
		...(since && { since: `${since}T00:00:00Z` }),
		...(until && { until: new Date(Date.parse(`${until}T00:00:00Z`) + 86_400_000).toISOString() })
	});
	if (error) throw refusalOf(error);
	return data;
}
