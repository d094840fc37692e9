import type { Sql } from 'postgres';

export const textCounts = ['received', 'sent', 'delivered', 'failed', 'micros'] as const;
export const codeCounts = ['requested', 'code_received', 'missed', 'expired', 'cancelled'] as const;
type Counts<Name extends string> = Record<Name, number>;
/** `actor`: a person, or a key. */
type Who = { number: string; day: string; actor: string | null; by_key: boolean };
export type Texts = Who & Counts<(typeof textCounts)[number]>;
export type Codes = Who & Counts<(typeof codeCounts)[number]>;
export const requestCounts = ['requests', 'units', 'refused', 'limited', 'failed'] as const;
/** `caller`: a key, or a person. */
export type Requests = { day: string; caller: string; by_key: boolean } & Counts<(typeof requestCounts)[number]>;
export type Money = { day: string; reason: string; transfers: number; amount_micros: number };

/** All that happened in an organization by day of its clock, from the rows themselves. */
export async function bruteForce(sql: Sql, organizationId: string, zone: string) {
	const [texts, codes, money, requests] = await Promise.all([
		sql<Texts[]>`
			select m.phone_number_id as number, (m.created_at at time zone ${zone})::date::text as day,
				coalesce(m.api_key_id, m.author_id) as actor, m.api_key_id is not null as by_key,
				(count(*) filter (where m.direction = 'inbound'))::int as received,
				(count(*) filter (where m.direction = 'outbound' and m.status in ('sent', 'delivered', 'failed')))::int as sent,
				(count(*) filter (where m.status = 'delivered'))::int as delivered,
				(count(*) filter (where m.status = 'failed'))::int as failed, coalesce(sum(c.charged_micros), 0)::float8 as micros
			from public.messages m
			left join public.text_charges c on c.message_id = m.id
			where m.organization_id = ${organizationId} and m.phone_number_id is not null
			group by 1, 2, 3, 4`,
		sql<Codes[]>`
			select phone_number_id as number, (created_at at time zone ${zone})::date::text as day,
				coalesce(api_key_id, requested_by) as actor, api_key_id is not null as by_key, count(*)::int as requested,
				(count(*) filter (where code_received_at is not null))::int as code_received,
				(count(*) filter (where code_received_at is null and status in ('expired', 'filtered')))::int as missed,
				(count(*) filter (where status = 'expired'))::int as expired,
				(count(*) filter (where status = 'cancelled'))::int as cancelled
			from public.verifications
			where organization_id = ${organizationId}
			group by 1, 2, 3, 4`,
		sql<Money[]>`
			select (t.created_at at time zone ${zone})::date::text as day, t.reason, count(*)::int as transfers,
				sum(e.amount_micros)::float8 as amount_micros
			from public.ledger_entries e
			join public.ledger_transfers t on t.id = e.transfer_id
			where e.organization_id = ${organizationId}
			group by 1, 2`,
		sql<Requests[]>`
			select (started_at at time zone ${zone})::date::text as day, coalesce(key_id, user_id) as caller,
				key_id is not null as by_key, count(*)::int as requests, sum(units)::int as units,
				(count(*) filter (where status between 400 and 499 and status <> 429))::int as refused,
				(count(*) filter (where status = 429))::int as limited, (count(*) filter (where status >= 500))::int as failed
			from private.requests
			where organization_id = ${organizationId}
			group by 1, 2, 3`
	]);
	return { texts: [...texts], codes: [...codes], money: [...money], requests: [...requests] };
}
export type Truth = Awaited<ReturnType<typeof bruteForce>>;

/** Which numbers somebody may see, from the rows that say so. */
export async function numbersOf(sql: Sql, organizationId: string, userId: string): Promise<Set<string>> {
	const rows = await sql<{ id: string }[]>`
		select n.id
		from public.phone_numbers n
		join public.memberships m on m.organization_id = n.organization_id and m.user_id = ${userId}
		where n.organization_id = ${organizationId} and (n.restricted_at is null or m.role in ('owner', 'admin') or exists (
			select from public.phone_number_grants g
			where g.phone_number_id = n.id and (g.user_id = m.user_id or g.role = m.role)))`;
	return new Set(rows.map(({ id }) => id));
}

/** Sums of rows that have the same key, without those that are zero throughout; keys in order. */
export function summed<Row, Name extends string>(
	rows: readonly (Row & Partial<Record<Name, number | null>>)[],
	names: readonly Name[],
	keyOf: (row: Row) => string
): Record<string, number[]> {
	const sums = new Map<string, number[]>();
	for (const row of rows) {
		const key = keyOf(row);
		const before = sums.get(key) ?? names.map(() => 0);
		sums.set(
			key,
			before.map((sum, at) => sum + Number(row[names[at] as Name] ?? 0))
		);
	}
	const kept = [...sums].filter(([, values]) => values.some((value) => value !== 0));
	return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}

export const between = <Row extends { day: string }>(rows: readonly Row[], since: string, until: string): Row[] =>
	rows.filter(({ day }) => day >= since && day <= until);
