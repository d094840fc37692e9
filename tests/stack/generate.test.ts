/** What the generator writes while triggers rest must be what they would have written. */
import { afterAll, expect, test } from 'vitest';
import { generate } from '../../stack/generate/generate.ts';
import { startDatabase } from '../bench/bare-database.ts';
import { claimsOf, signIn } from '../support/people.ts';

// its own: tests that read everything there is would read all of this
const { sql, env, stop } = await startDatabase();
afterAll(stop);
const until = new Date('2026-10-01T12:00:00Z');
const wish = { messages: 5000, seed: 'a test', until };

/** Generates, and says which organizations that made (people's own ones are empty) and what else. */
async function generated() {
	const texting = () => sql<{ id: string }[]>`select distinct organization_id as id from public.conversations`;
	const before = (await texting()).map(({ id }) => id);
	const made = await generate(env.DATABASE_URL, wish);
	const ids = (await texting()).map(({ id }) => id).filter((id) => !before.includes(id));
	return { made, ids };
}

test('R10.3 years of generated data are as consistent as if people had written them', async () => {
	const { made, ids } = await generated();
	const [facts] = await sql`
		select count(*)::int as messages, max(m.created_at) <= ${until} as past,
			count(distinct m.conversation_id)::int as conversations,
			count(*) filter (where m.direction = 'outbound' and (m.author_id is null or m.idempotency_key is null))::int as nobodys,
			count(*) filter (where (m.status = 'delivered') <> (m.delivered_at is not null))::int as unsure,
			count(*) filter (where m.sent_at < m.created_at or m.delivered_at < m.sent_at or m.failed_at < m.sent_at)::int as early
		from public.messages m where m.organization_id = any (${ids})`;
	expect(facts).toEqual({
		...{ messages: 5000, past: true, conversations: made.conversations, nobodys: 0, unsure: 0, early: 0 }
	});

	const differing = await sql`
		select c.id from public.conversations c
		cross join lateral (
			select count(*) as messages, min(m.seq) as first, max(m.seq) as last, max(m.revision) as revision,
				count(*) filter (where m.direction = 'inbound') as inbound, max(m.created_at) as last_at,
				count(distinct m.revision) as revisions
			from public.messages m where m.conversation_id = c.id) m
		join public.messages newest on newest.conversation_id = c.id and newest.seq = c.last_seq
		join public.contacts t on t.id = c.contact_id and t.organization_id = c.organization_id
		join public.phone_numbers n on n.id = c.phone_number_id and n.organization_id = c.organization_id
		where c.organization_id = any (${ids})
			and c.last_seq = m.messages and m.first = 1 and m.last = m.messages
			and c.revision = m.revision and m.revisions = m.messages
			and c.inbound_count = m.inbound and newest.inbound_count = m.inbound
			and c.last_message_id = newest.id and c.last_message_at = newest.created_at and m.last_at = newest.created_at
			and (c.opted_out_at is not null) = exists (
				select from public.opt_outs o where o.phone_number_id = n.id and o.contact_number = t.phone_number)`;
	expect(differing).toHaveLength(made.conversations);
});

test("R10.3 generated messages stand in order of place, revision and time, in everyone's own organization", async () => {
	const { ids } = await generated();
	const [{ wrong } = { wrong: -1 }] = await sql<{ wrong: number }[]>`
		select count(*)::int as wrong from (
			select m.*, c.organization_id as home, c.phone_number_id as number,
				lag(m.revision, 1, 0::bigint) over place as revision_before, lag(m.created_at) over place as before,
				count(*) filter (where m.direction = 'inbound') over place as inbound
			from public.messages m join public.conversations c on c.id = m.conversation_id
			where m.organization_id = any (${ids})
			window place as (partition by m.conversation_id order by m.seq)
		) m
		where m.organization_id <> m.home or m.phone_number_id <> m.number or m.revision <= m.revision_before
			or m.created_at < m.before or m.inbound_count <> m.inbound
			or m.author_id is not null and not exists (
				select from public.memberships s where s.organization_id = m.home and s.user_id = m.author_id and s.role <> 'viewer')`;
	expect(wrong).toBe(0);
});

test('R10.3 what generated people have not read is what a count of their texts says', async () => {
	const { made, ids } = await generated();
	const { owner, organizationId } = made.largest;
	const claims = claimsOf({ ...owner, ...(await signIn(sql, env, owner)) });
	const inbox = await sql.begin(async (tx) => {
		await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
			set_config('request.jwt.claim.sub', ${owner.userId}, true)`;
		return tx<{ id: string; unread_count: number; last_read_seq: number }[]>`
			select id, unread_count, last_read_seq::int from api.conversations where organization_id = ${organizationId}`;
	});
	const counted = await sql`
		select c.id, least(100, count(m.id))::int as unread_count, coalesce(r.last_read_seq, 0)::int as last_read_seq
		from public.conversations c
		left join public.conversation_reads r on r.conversation_id = c.id and r.user_id = ${owner.userId}
		left join public.messages m
			on m.conversation_id = c.id and m.direction = 'inbound' and m.seq > coalesce(r.last_read_seq, 0)
		where c.organization_id = ${organizationId}
		group by c.id, r.last_read_seq`;
	const byId = (rows: readonly Record<string, unknown>[]) =>
		rows.map((row) => ({ ...row })).sort((a, b) => String(a.id).localeCompare(String(b.id)));
	expect(byId(inbox)).toEqual(byId(counted));
	expect(inbox.some((row) => row.unread_count > 0) && inbox.some((row) => row.last_read_seq > 0)).toBe(true);
	const [{ sent } = { sent: -1 }] = await sql<{ sent: number }[]>`
		select count(*)::int as sent from private.jobs j join public.messages m on m.id = (j.payload ->> 'message_id')::uuid
		where m.organization_id = any (${ids}) and j.completed_at is null`;
	expect(sent).toBe(0);
});

test('R10.3 the same seed tells the same history, under ids of its own', async () => {
	const told = async () => {
		const { ids } = await generated();
		return sql<{ body: string; status: string; created_at: Date }[]>`
			select body, status, created_at from public.messages
			where organization_id = any (${ids}) order by created_at, body, status`;
	};
	const [first, second] = [await told(), await told()];
	expect(first).toHaveLength(wish.messages);
	expect([...second]).toEqual([...first]);
	expect(first.some(({ body }) => /\b\d{6}\b/.test(body)) && first.some(({ body }) => /[ぁ-ん]/.test(body))).toBe(true);
});
