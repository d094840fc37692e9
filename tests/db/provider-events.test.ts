import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createNumber, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive } from './acting.ts';
import { bookOf, company } from './company.ts';
import { hash, operator, refusal, server, visitor } from './operating.ts';

const { sql } = stack;

type Told = { event_key: string; organization_id: string | null; repeats: number; outcome: string };
const list = async (session: string, wanted: Record<string, string | boolean>) =>
	(await server<{ told: Told[] }[]>`select service.operator_events(${session}, ${sql.json(wanted)}) as told`)[0]!.told;
const keysOf = async (session: string, wanted: Record<string, string | boolean>) =>
	(await list(session, wanted)).map(({ event_key: key }) => key);

test('R6.7 events are found by provider, kind, outcome, organization, time and whether they came twice', async () => {
	const { session } = await operator('support');
	const { id } = await company();
	const { id: other } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const theirs = await createNumber(sql, null, { organizationId: other });
	const told = async (to: string) => {
		const sid = `SM${randomBytes(16).toString('hex')}`;
		await receive(to, { from: inventNumber(), sid, body: 'Hello' });
		return `message:${sid}`;
	};
	const [first, second, foreign] = [await told(number.e164), await told(number.e164), await told(theirs.e164)];
	const nobodys = await told(inventNumber());
	expect(await keysOf(session, { organization: id })).toEqual([second, first]);
	expect((await list(session, { event_key: foreign }))[0]).toMatchObject({
		...{ provider: 'twilio', kind: 'message', outcome: 'stored', organization_id: other, repeats: 0, replays: 0 }
	});
	expect(await keysOf(session, { outcome: 'unknown_number' })).toContain(nobodys);
	expect(await keysOf(session, { outcome: 'unknown_number' })).not.toContain(first);
	expect(await keysOf(session, { provider: 'stripe', event_key: first })).toEqual([]);

	const sid = first.replace('message:', '');
	for (let times = 2; times > 0; times -= 1) await receive(number.e164, { from: inventNumber(), sid });
	expect(await list(session, { repeated: true, organization: id })).toMatchObject([{ event_key: first, repeats: 2 }]);

	await sql`update private.provider_events set received_at = now() - interval '3 hours' where event_key = ${second}`;
	expect(await keysOf(session, { organization: id })).toEqual([first]);
	const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
	expect(await keysOf(session, { provider: 'twilio', since: ago(4), until: ago(2) })).toContain(second);
	expect(await keysOf(session, { kind: 'message', since: ago(3.01), until: ago(2.99) })).toContain(second);
	expect(await keysOf(session, { kind: 'receipt', since: ago(3.01), until: ago(2.99) })).not.toContain(second);

	const [customer, event] = [`cus_${randomUUID()}`, `evt_${randomUUID()}`];
	await sql`
		insert into public.billing_customers (organization_id, provider_id) values (${id}, ${customer})
		on conflict (organization_id) do update set provider_id = excluded.provider_id`;
	const payload = { id: event, type: 'invoice.paid', data: { object: { object: 'invoice', id: 'in_1', customer } } };
	const hear = () =>
		edge`select service.receive_payment_event(${event}, 'invoice.paid', ${edge.json(payload)}, null, null) as is_new`;
	expect([(await hear())[0]!.is_new, (await hear())[0]!.is_new]).toEqual([true, false]);
	expect(await list(session, { organization: id, provider: 'stripe' })).toMatchObject([
		{ event_key: event, organization_id: id, repeats: 1, outcome: 'ignored' }
	]);
});

test('R6.7 what an event says is masked until an owner’s code opens it, and then the tenant reads of the look', async () => {
	const { id, owner } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const [body, from, sid] = [
		`Only for us ${randomBytes(6).toString('hex')}`,
		inventNumber(),
		`SM${randomBytes(16).toString('hex')}`
	];
	await receive(number.e164, { from, body, sid });
	const key = `message:${sid}`;
	const payload = { MessageSid: sid, Body: body, From: from, To: number.e164, [`X-${body}`]: 'odd' };
	await sql`update private.provider_events set payload = ${sql.json(payload)} where event_key = ${key}`;
	const { session } = await visitor('support', id);
	const look = async () => {
		const [row] = await server<{ told: { payload: Record<string, unknown> } }[]>`
			select service.operator_event(${session}, 'twilio', ${key}) as told`;
		return row!.told;
	};
	const masked = await look();
	expect(masked.payload).toEqual({ MessageSid: sid, Body: '•••', From: '•••', To: '•••', '…': 1 });
	expect(masked).toMatchObject({ message: { number: number.e164, status: 'received' }, unmasked_until: null });
	expect(JSON.stringify([masked, await list(session, { event_key: key })])).not.toMatch(
		new RegExp(`${body}|\\${from}`)
	);
	expect((await bookOf(id)).filter(({ verb }) => verb === 'support.looked')).toEqual([]);

	const [made] = await as(owner, (tx) => tx<{ it: { code: string } }[]>`select api.issue_support_code(${id}) as it`);
	await server`select service.operator_unmask(${session}, ${id}, ${made!.it.code})`;
	expect((await look()).payload).toEqual(payload);
	const [line] = (await bookOf(id)).filter(({ verb }) => verb === 'support.looked');
	expect(line!.after).toMatchObject({ page: 'event', unmasked: true });
	const { session: another } = await visitor('administrator', id);
	const [row] = await server`select service.operator_event(${another}, 'twilio', ${key}) as told`;
	expect(JSON.stringify(row)).not.toContain(body);
});

test('R6.7 events are looked at again by operators who say why, one or all that match, each waiting once', async () => {
	const { id } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const sids = Array.from({ length: 3 }, () => `SM${randomBytes(16).toString('hex')}`);
	for (const sid of sids) await receive(number.e164, { from: inventNumber(), sid });
	const support = await operator('support');
	const { session, id: who } = await operator('operator');
	const replay = (by: string, wanted: Record<string, string>, reason = 'The door was broken') =>
		server<{ many: number }[]>`select service.operator_replay_events(${by}, ${sql.json(wanted)}, ${reason}) as many`;
	expect([
		await refusal(replay(support.session, { organization: id })),
		await refusal(replay(session, { organization: id }, ' ')),
		await refusal(replay(hash(), { organization: id }))
	]).toEqual(['operator_not_allowed', 'reason_missing', 'operator_session_ended']);
	const replays = async () =>
		(
			await sql<{ replays: number; came: string }[]>`
				select replays, replay_outcome as came from private.event_repeats
				where event_key = any (${sids.map((sid) => `message:${sid}`)})`
		).map(({ replays, came }) => `${replays} ${came}`);
	expect((await replay(session, { organization: id, kind: 'message' }))[0]!.many).toBe(3);
	// their payloads hold no words of a text, so that there is nothing to read again
	await expect.poll(replays, { timeout: 20_000 }).toEqual(Array(3).fill('1 nothing_left'));
	expect((await replay(session, { event_key: `message:${sids[0]}` }))[0]!.many).toBe(1);
	await expect.poll(async () => (await replays()).sort().at(-1), { timeout: 20_000 }).toBe('2 nothing_left');
	const lines = await sql<{ reason: string; details: { count: number } }[]>`
		select reason, details from private.operator_log where operator_id = ${who} and verb = 'events.replayed' order by id`;
	expect(lines.map(({ reason, details }) => [reason, details.count])).toEqual([
		['The door was broken', 3],
		['The door was broken', 1]
	]);
	expect(await sql`select from public.messages where carrier_message_id = any (${sids})`).toHaveLength(3);
	// done an hour ago, a job is forgotten; what came of it is not
	const jobs = () => sql<{ done: boolean }[]>`
		select completed_at is not null as done from private.jobs
		where kind = 'replay_event' and payload ->> 'event_key' = any (${sids.map((sid) => `message:${sid}`)})`;
	await expect
		.poll(async () => (await jobs()).map(({ done }) => done), { timeout: 20_000 })
		.toEqual(Array(4).fill(true));
	const key = `message:${sids[1]}`;
	await sql`
		update private.jobs set completed_at = now() - interval '61 minutes'
		where kind = 'replay_event' and payload ->> 'event_key' = ${key}`;
	await sql`select private.forget_replays()`;
	expect(await jobs()).toHaveLength(3);
	expect(await sql`select from private.event_repeats where event_key = ${key}`).toHaveLength(1);
});

test('R6.7 who knocks unsigned is counted by minute and address, and a flood fills no table', async () => {
	const { session } = await operator('support');
	const path = `/twilio/${randomBytes(6).toString('hex')}`;
	const refused = (address: string | null, times = 1) => ({
		provider: 'twilio',
		path,
		reason: 'wrong',
		address,
		times
	});
	const note = (all: object[]) => edge`select service.note_refused_events(${edge.json(all as never)})`;
	const rows = async () =>
		await sql<{ times: number; address: string | null }[]>`
			select times::int as times, host(address) as address from private.refused_events where path = ${path}`;
	await note([refused('203.0.113.7', 3), refused('203.0.113.7'), refused('2001:db8::1')]);
	await note([refused('203.0.113.7')]);
	const sum = (all: { times: number }[]) => all.reduce((so, { times }) => so + times, 0);
	expect(sum(await rows())).toBe(6);
	for (let round = 0; round < 20; round += 1) {
		await note(Array.from({ length: 100 }, (_, at) => refused(`10.0.${round}.${at}`)));
	}
	const all = await rows();
	expect(sum(all)).toBe(2006);
	// the rounds may have seen two minutes
	expect(all.length).toBeLessThanOrEqual(104);
	expect(all.filter(({ address }) => address === null).length).toBeGreaterThan(0);
	const [told] = await server<{ told: { path: string; reason: string; times: number }[] }[]>`
		select service.operator_refused_events(${session}) as told`;
	expect(told!.told.find((one) => one.path === path)).toMatchObject({ provider: 'twilio', reason: 'wrong' });
	await sql`select private.prune_refused_events(most => 30)`;
	expect((await sql`select count(*)::int as many from private.refused_events`)[0]!.many).toBeLessThanOrEqual(31);
	for (const statement of ['select * from private.refused_events', 'select service.operator_refused_events(null)']) {
		expect(await refusal(edge.unsafe(statement))).toMatch(/permission denied/);
	}
});
