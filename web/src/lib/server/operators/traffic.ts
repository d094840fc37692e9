import * as z from 'zod';
import { service } from '../service.ts';
import { answered } from './answered.ts';
import { reason } from './queues.ts';
import type { Operator } from './realm.ts';

const moment = z.string();
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();

const ProviderEvent = z.object({
	provider: z.string(),
	event_key: z.string(),
	kind: z.string(),
	outcome: z.string(),
	message_status: maybe(z.string()),
	error_code: maybe(z.string()),
	received_at: moment,
	organization_id: maybe(z.string()),
	organization: maybe(z.string()),
	/** How often it was told again, and looked at again by operators. */
	repeats: z.number(),
	repeated_at: maybe(moment),
	replays: z.number(),
	replayed_at: maybe(moment),
	replay_outcome: maybe(z.string())
});
export type ProviderEvent = z.infer<typeof ProviderEvent>;

const OpenedEvent = ProviderEvent.extend({
	/** Dots where something is masked; '…' counts what is left out. */
	payload: z.record(z.string(), z.unknown()),
	unmasked_until: maybe(moment),
	message: maybe(
		z.object({
			status: z.string(),
			direction: z.string(),
			error_code: maybe(z.string()),
			conversation_id: z.string(),
			number: maybe(z.string())
		})
	)
});
export type OpenedEvent = z.infer<typeof OpenedEvent>;

const RefusedEvent = z.object({
	minute: moment,
	last_at: moment,
	provider: z.string(),
	path: z.string(),
	reason: z.string(),
	address: maybe(z.string()),
	times: z.number()
});

const DeliveryErrors = z.object({
	since: z.string(),
	codes: z.array(z.object({ code: z.string(), texts: z.number(), organizations: z.number(), countries: z.number() })),
	places: z.array(
		z.object({
			code: z.string(),
			carrier: z.string(),
			country_code: z.string(),
			organization_id: z.string(),
			organization: z.string(),
			texts: z.number()
		})
	)
});

const Webhook = z.object({
	id: z.string(),
	organization_id: z.string(),
	organization: z.string(),
	host: maybe(z.string()),
	failing_since: maybe(moment),
	failures: z.number(),
	blocked_until: maybe(moment),
	disabled_at: maybe(moment),
	disabled_reason: maybe(z.string()),
	stopped_at: maybe(moment),
	waiting: z.number(),
	parked: z.number(),
	last: maybe(z.object({ status: maybe(z.number()), failure: maybe(z.string()), at: moment, event_type: z.string() }))
});

/** How far back events are looked for, in hours. */
const spans = { hour: 1, day: 24, week: 168, month: 720 } as const;
const word = z.string().max(100).catch('');

/** What an address asks for, and the same as the verbs know it. */
const Filter = z.object({
	provider: z.enum(['twilio', 'stripe', '']).catch(''),
	kind: word,
	outcome: word,
	organization: word,
	span: z.enum(['hour', 'day', 'week', 'month']).catch('hour'),
	before: z.iso.datetime({ offset: true }).or(z.literal('')).catch(''),
	twice: z.enum(['on', '']).catch(''),
	key: z.string().max(300).catch('')
});
export type Filter = z.infer<typeof Filter>;

/** What a query asks for; what it cannot mean counts as nothing. */
export function filterOf(query: URLSearchParams): Filter {
	return Filter.parse(Object.fromEntries(Object.keys(Filter.shape).map((name) => [name, query.get(name) ?? ''])));
}

/** The same as a query. */
export function queryOf(filter: Filter): string {
	return new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')).toString();
}

function wantedOf({ key, provider, kind, outcome, organization, span, before, twice }: Filter) {
	if (key) return { event_key: key, ...(provider && { provider }) };
	return {
		since: new Date(Date.now() - spans[span] * 3_600_000).toISOString(),
		...(provider && { provider }),
		...(kind && { kind }),
		...(outcome && { outcome }),
		...(organization && { organization }),
		...(before && { until: before }),
		...(twice && { repeated: true })
	};
}

export const Replay = z.object({ reason });
export const Tending = z.object({
	endpoint: z.uuid('Choose one.'),
	deed: z.enum(['retry', 'disable']),
	reason
});

/** Fifty events that match, newest first. */
export async function events({ session }: Operator, filter: Filter) {
	return answered(
		await service().rpc('operator_events', { session, wanted: wantedOf(filter) }),
		z.array(ProviderEvent)
	);
}

/** One event with what it says, masked unless an owner's code opens it; null where there is none. */
export async function event({ session }: Operator, { provider, event_key }: ProviderEvent) {
	return answered(await service().rpc('operator_event', { session, provider, event_key }), OpenedEvent.nullable());
}

/** Has what matches looked at again: how many. Throws `operator_not_allowed`, `reason_missing`, `operator_code_needed`. */
export async function replay(
	{ session }: Operator,
	filter: Filter,
	{ reason }: z.infer<typeof Replay>
): Promise<number> {
	return answered(
		await service().rpc('operator_replay_events', { session, wanted: wantedOf(filter), reason }),
		z.number()
	);
}

/** Who came unsigned to the doors of providers, lately. */
export async function refused({ session }: Operator) {
	return answered(await service().rpc('operator_refused_events', { session }), z.array(RefusedEvent));
}

/** Texts that failed in so many days, by code and by place; of one code where one is said. */
export async function deliveryErrors({ session }: Operator, days: number, code: string | null) {
	return answered(
		await service().rpc('operator_delivery_errors', { session, days, ...(code && { code }) }),
		DeliveryErrors
	);
}

/** Webhooks of tenants where nothing arrives. */
export async function webhooks({ session }: Operator) {
	return answered(await service().rpc('operator_webhooks', { session }), z.array(Webhook));
}

/**
 * Tries what waits for a webhook or was given up at once, and answers how many those are; or switches it off. Throws
 * `operator_not_allowed`, `reason_missing`, `not_found`, `webhook_disabled`.
 */
export async function tend(
	{ session }: Operator,
	{ endpoint, deed, reason }: z.infer<typeof Tending>
): Promise<number> {
	return answered(
		await service().rpc('operator_tend_webhook', { session, endpoint_id: endpoint, deed, reason }),
		z.number()
	);
}
