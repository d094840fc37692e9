import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import type { KeyScope } from '#core/key-scopes.ts';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { reachable } from '../../supabase/functions/api/needed-scopes.ts';
import { as, edge } from './acting.ts';

const { sql, env } = stack;

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const number = await createNumber(sql, null, { organizationId });
	return { owner, organizationId, number };
}

type More = { replaces?: string; numbers?: string[] };

async function makeOne(organizationId: string, scopes: KeyScope[], { replaces, numbers }: More = {}): Promise<string> {
	const [key] = await sql<{ id: string }[]>`
		insert into public.api_keys (organization_id, name, mode, public_id, scopes, replaces, phone_number_ids)
		values (${organizationId}, 'Bookings', 'live', left(md5(random()::text), 8), ${scopes}, ${replaces ?? null},
			${numbers ?? null})
		returning id`;
	return key!.id;
}

async function by<T>(keyId: string, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	return (await edge.begin(async (tx) => {
		const claims = JSON.stringify({ role: 'api_key', key_id: keyId, address: null });
		await tx`select set_config('role', 'api_key', true), set_config('request.jwt.claims', ${claims}, true)`;
		return work(tx);
	})) as T;
}

const refusal = (slug: string) => expect.objectContaining({ message: slug });

/** Has the time of what a key planned come, and tells what became of it. */
async function fire(id: string) {
	await sql`update public.scheduled_messages set send_at = now() where id = ${id}`;
	const [row] = await edge<{ answer: { outcome: string; reason: string | null; message_id: string | null } }[]>`
		select service.send_scheduled(${id}) as answer`;
	return row!.answer;
}

test('R7.1 what a key scheduled goes out as its own while it, or the key in its place, may send', async () => {
	const { organizationId, number } = await scene();
	const key = await makeOne(organizationId, ['messages:write']);
	const plan = (word: string) =>
		by(key, async (tx) => {
			const [row] = await tx<{ made: { id: string; api_key_id: string } }[]>`
				select api.schedule_message(null, ${word}, now() + interval '1 hour', 'UTC', ${word},
					phone_number_id => ${number.id}, recipient => ${inventNumber()}) as made`;
			return row!.made;
		});
	const [one, two, three] = [await plan('one'), await plan('two'), await plan('three')];
	expect(one.api_key_id).toBe(key);
	const sent = await fire(one.id);
	expect(sent.outcome).toBe('sent');
	const [text] = await sql`select author_id, api_key_id, origin from public.messages where id = ${sent.message_id}`;
	expect(text).toEqual({ author_id: null, api_key_id: key, origin: 'schedule' });

	await sql`update public.api_keys set revoked_at = now() where id = ${key}`;
	expect(await fire(two.id)).toMatchObject({ outcome: 'refused', reason: 'not_allowed' });
	await makeOne(organizationId, ['messages:write'], { replaces: key });
	expect((await fire(three.id)).outcome).toBe('sent');
});

test('R7.1 a key takes back what it sent and nobody else did, and is told between whom without seeing contacts', async () => {
	const { owner, organizationId, number } = await scene();
	const key = await makeOne(organizationId, ['messages:write']);
	const guest = inventNumber();
	const send = (word: string) => (tx: TransactionSql) => tx<{ text: { id: string; conversation_id: string } }[]>`
		select api.send_message(${word}, ${word}, null, ${number.id}, ${guest}, hold_seconds => '30') as text`;
	const [[own], [others]] = [await by(key, send('own')), await as(owner, send('others'))];
	const unsend = (id: string) => by(key, (tx) => tx`select api.unsend_message(${id}) ->> 'status' as status`);
	expect(await unsend(own!.text.id)).toEqual([{ status: 'cancelled' }]);
	await expect(unsend(others!.text.id)).rejects.toEqual(refusal('not_allowed'));
	const between = await by(
		key,
		(tx) => tx`select number_e164, contact_number
			from api.conversation_numbers(${organizationId}, ${[own!.text.conversation_id]})`
	);
	expect(between).toEqual([{ number_e164: number.e164, contact_number: guest }]);
});

test('R6.7 a key names and gives back the numbers it is for, and buys none where it is for certain ones', async () => {
	const { organizationId, number } = await scene();
	const other = await createNumber(sql, null, { organizationId });
	const scopes: KeyScope[] = ['numbers:read', 'numbers:write', 'number_orders:write', 'usage:read'];
	const key = await makeOne(organizationId, scopes, { numbers: [number.id] });
	await by(key, (tx) => tx`select api.update_number(${number.id}, 'Desk', '2')`);
	const rename = by(key, (tx) => tx`select api.update_number(${other.id}, 'Desk', '2')`);
	await expect(rename).rejects.toEqual(refusal('not_found'));
	const buy = by(key, (tx) => tx`select api.order_number(${organizationId}, '+14155550100', 1, 'a key')`);
	await expect(buy).rejects.toEqual(refusal('scope_missing'));
	const giveBack = () => by(key, (tx) => tx`select api.cancel_number(${number.id}, ${number.e164}, false)`);
	// a test key knows the number for tests only
	await sql`update public.api_keys set mode = 'test' where id = ${key}`;
	await expect(giveBack()).rejects.toEqual(refusal('not_found'));
	await sql`update public.api_keys set mode = 'live' where id = ${key}`;
	await giveBack();
	const kept = await by(key, (tx) => tx`select label, status from api.owned_numbers`);
	expect(kept).toEqual([{ label: 'Desk', status: 'released' }]);
	const [line] = await sql`
		select actor_kind, actor_id from public.audit_log
		where organization_id = ${organizationId} and verb = 'number.cancelled'`;
	expect(line).toEqual({ actor_kind: 'key', actor_id: key });
	// money is the organization's, and no number's
	const [used] = await by(
		key,
		(tx) => tx<{ used: { money: unknown } }[]>`select api.usage(${organizationId}, current_date, current_date) as used`
	);
	expect(used!.used.money).toBeNull();
});

test('R7.4 the money of a month’s usage is that month’s statement, line by line', async () => {
	const { owner, organizationId } = await scene();
	await sql`
		select private.transfer(${organizationId},
			array[row('payments', -${5_000_000}::bigint), row('wallet', ${5_000_000}::bigint)]::private.ledger_leg[],
			'top_up', 'usage')`;
	const [row] = await as(
		owner,
		(tx) => tx<{ used: { money: Line[] }; statement: { lines: Line[]; since: string } }[]>`
			select api.usage(${organizationId}, date_trunc('month', now())::date, current_date + 1) as used,
				api.statement(${organizationId}) as statement`
	);
	type Line = { day?: string; reason: string; transfers: number; amount_micros: number };
	const plain = ({ reason, transfers, amount_micros }: Line) => ({ reason, transfers, amount_micros });
	expect(row!.used.money.map(plain)).toEqual(row!.statement.lines.map(plain));
	expect(row!.used.money).toMatchObject([{ reason: 'top_up', amount_micros: 5_000_000 }]);
});

test('R7.6 the door knows of every view and verb that keys reach which scope it needs', async () => {
	const [there] = await sql<{ views: string[]; verbs: string[] }[]>`
		select
			array(select c.relname::text from pg_class c
				where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' and has_table_privilege('api_key', c.oid, 'select')) as views,
			array(select distinct p.proname::text from pg_proc p
				where p.pronamespace = 'api'::regnamespace and has_function_privilege('api_key', p.oid, 'execute')) as verbs`;
	expect(there!.views.toSorted()).toEqual(reachable.views.toSorted());
	expect(there!.verbs.toSorted()).toEqual(reachable.verbs.toSorted());
});
