import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, inventNumber } from '../support/people.ts';
import { longAgo, sent } from '../support/uncharged.ts';
import { as, edge, receive } from './acting.ts';
import { chargeOf, giveMoney } from './charging.ts';
import { bookOf, company } from './company.ts';
import { hash, operator, refusal, server, visitor } from './operating.ts';
import { compared } from './repairing.ts';
import { textAt } from './usage-history.ts';

const { sql } = stack;

test('R6.7 the operators’ book is only ever added to, by nobody but its own functions', async () => {
	const { id } = await operator('support');
	for (const change of [
		sql`update private.operator_log set reason = 'another' where operator_id = ${id}`,
		sql`delete from private.operator_log where operator_id = ${id}`,
		sql`truncate private.operator_log`
	]) {
		expect(await refusal(change)).toMatch(/rows are only ever added here/);
	}
	for (const statement of [
		"insert into private.operator_log (verb) values ('a.b')",
		'delete from private.operator_log',
		'select * from private.operators'
	]) {
		expect(await refusal(server.unsafe(statement))).toMatch(/permission denied/);
		expect(await refusal(edge.unsafe(statement))).toMatch(/permission denied/);
	}
	const [kept] = await sql`select count(*)::int as lines from private.operator_log where operator_id = ${id}`;
	expect(kept?.lines).toBe(1);
});

test('R6.7 the console’s verbs are the app’s own server’s: neither functions nor people may call any of them', async () => {
	const verbs = await sql<{ call: string; oid: number }[]>`
		select p.oid, format('select service.%I(%s)', p.proname,
			(select string_agg(format('null::%s', format_type(t, null)), ', ') from unnest(p.proargtypes::oid[]) t)) as call
		from pg_proc p
		where p.pronamespace = 'service'::regnamespace and p.proname like 'operator\\_%'`;
	expect(verbs.length).toBeGreaterThan(20);
	const { owner } = await company();
	for (const { call } of verbs) {
		expect(await refusal(edge.unsafe(call)), call).toMatch(/permission denied/);
		expect(await refusal(as(owner, (tx) => tx.unsafe(call))), call).toMatch(/permission denied/);
		expect(await refusal(as(null, (tx) => tx.unsafe(call))), call).toMatch(/permission denied/);
	}
});

test('R6.7 each verb asks for a session that is alive and confirmed, and for the role', async () => {
	const { id: organization } = await company();
	const support = await operator('support');
	const repairs = await operator('operator');
	const calls = (session: string) => ({
		search: server`select service.operator_search(${session}, 'nothing at all')`,
		visit: server`select service.operator_visit(${session}, ${organization}, 'To see')`,
		suspend: server`select service.operator_suspend(${session}, ${organization}, 'Because', 'A message to them')`,
		credit: server`select service.operator_credit(${session}, ${organization}, 1000000, 'goodwill', 'Because', 'one')`,
		jobs: server`select service.operator_settle_jobs(${session}, '{}', true, 'Because')`,
		list: server`select service.operator_list(${session})`,
		invite: server`select service.operator_invite(${session}, 'somebody.else', 'Some Body', 'support', '{}', 'Because')`
	});
	const answers = async (session: string) => {
		const told: Record<string, string> = {};
		for (const [name, call] of Object.entries(calls(session))) told[name] = await refusal(call);
		return told;
	};
	expect(new Set(Object.values(await answers(hash())))).toEqual(new Set(['operator_session_ended']));
	expect(await answers(support.session)).toEqual({
		...{ search: 'done', visit: 'done', suspend: 'operator_not_allowed', credit: 'operator_not_allowed' },
		...{ jobs: 'operator_not_allowed', list: 'operator_not_allowed', invite: 'operator_not_allowed' }
	});
	expect(await answers(repairs.session)).toEqual({
		...{ search: 'done', visit: 'done', suspend: 'done', credit: 'done', jobs: 'done' },
		...{ list: 'operator_not_allowed', invite: 'operator_not_allowed' }
	});
	await sql`update private.operator_sessions set stage = 'password' where operator_id = ${repairs.id}`;
	expect(new Set(Object.values(await answers(repairs.session)))).toEqual(new Set(['operator_session_ended']));
});

test('R6.7 how an organization’s texts arrive counts today: who looks on the day of the trouble sees it', async () => {
	const { id } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const nobody = { person: null, api_key_id: null };
	for (const status of ['delivered', 'failed', 'failed', 'received'])
		await textAt(id, number.id, new Date(), status, nobody);
	const { session } = await visitor('support', id);
	const [row] = await server<{ told: { texts: object; numbers: object[] } }[]>`
		select service.operator_organization(${session}, ${id}) as told`;
	expect(row!.told.texts).toEqual({ sent: 3, delivered: 1, received: 1, failed: 2 });
	expect(row!.told.numbers).toContainEqual(expect.objectContaining({ id: number.id, texts: 4 }));
});

test('R6.7 of a key that somebody pasted whole, the operators’ book keeps what may be shown', async () => {
	const { session, id } = await operator('support');
	const key = `cum_live_${'Ab3'.padEnd(8, 'x')}_${'s3cret'.padEnd(38, 'z')}`;
	for (const pasted of [key, `Bearer ${key}`]) await server`select service.operator_search(${session}, ${pasted})`;
	const kept = await sql`
		select details ->> 'words' as words from private.operator_log
		where operator_id = ${id} and verb = 'console.searched' order by id`;
	expect(kept.map(({ words }) => words)).toEqual(['cum_live_Ab3xxxxx', 'Bearer cum_live_Ab3xxxxx']);
});

test('R6.7 an order is found by the name that customers see, and a number as it is said at home', async () => {
	const { id } = await company();
	const { session } = await operator('support');
	const area = 200 + Math.floor(Math.random() * 700);
	const line = String(Math.floor(Math.random() * 1e7)).padStart(7, '2');
	const e164 = `+1${area}${line}`;
	const [number] = await sql<{ id: string }[]>`
		insert into public.phone_numbers (organization_id, e164, label, country_code) values (${id}, ${e164}, 'Desk', 'US') returning id`;
	const [order] = await sql<{ id: string }[]>`
		insert into public.number_orders (organization_id, idempotency_key, e164, label, country_code, kind, capabilities, cost_micros,
			monthly_micros, setup_micros, status, reason, ended_at)
		values (${id}, 'late', ${e164}, 'Late', 'US', 'local', '{sms}', 1, 1, 0, 'released', 'carrier_unavailable', now()) returning id`;
	const found = async (words: string) => {
		const [row] = await server<{ told: { kind: string; id: string; label: string; organization_id: string }[] }[]>`
			select service.operator_search(${session}, ${words}) as told`;
		return row!.told
			.filter(({ organization_id: of }) => of === id)
			.map(({ kind, id: which, label }) => [kind, which, label]);
	};
	const short = order!.id.slice(-8);
	for (const words of [`Order ${short}`, short, short.toUpperCase(), order!.id, `order ${order!.id}`])
		expect(await found(words), words).toEqual([['order', order!.id, `Order ${short}`]]);
	const said = [`(${area}) ${line.slice(0, 3)}-${line.slice(3)}`, `${area}${line}`, `1 ${area} ${line}`, e164];
	for (const words of said) expect(await found(words), words).toEqual([['number', number!.id, e164]]);
	expect(await found(`+${area}${line}`)).toEqual([]);
});

test('R6.7 a session from an address that is not allowed is none', async () => {
	const { session, id } = await operator('support');
	const known = async (address: string | null) =>
		(await server`select service.operator_session(${session}, ${address}) as told`)[0]?.told !== null;
	expect(await known('198.51.100.7')).toBe(true);
	await sql`update private.operators set allowed_from = '{198.51.100.0/24}' where id = ${id}`;
	expect(await known('198.51.100.9')).toBe(true);
	expect(await known('203.0.113.5')).toBe(false);
	expect(await known(null)).toBe(false);
});

test('R6.7 each look at a tenant is a line in its book, and says nothing masked', async () => {
	const { id, owner, member } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const body = `Nobody reads ${randomBytes(6).toString('hex')}`;
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from, body });
	const { session } = await operator('support');
	const look = () =>
		Promise.all([
			server`select service.operator_organization(${session}, ${id}) as told`,
			server`select service.operator_conversations(${session}, ${id}) as told`,
			server`select service.operator_conversation(${session}, ${conversation_id}) as told`
		]).then((all) => JSON.stringify(all));
	expect(await refusal(server`select service.operator_conversations(${session}, ${id})`)).toBe('visit_missing');
	await server`select service.operator_visit(${session}, ${id}, 'Case 12')`;
	const masked = await look();
	expect([masked.includes(body), masked.includes(from)]).toEqual([false, false]);
	const lines = (await bookOf(id)).filter(({ verb }) => verb === 'support.looked');
	expect(lines.map(({ actor_id, after }) => [actor_id, (after as { page: string }).page]).sort()).toEqual([
		[null, 'conversation'],
		[null, 'conversations'],
		[null, 'overview']
	]);

	expect(await refusal(as(member, (tx) => tx`select api.issue_support_code(${id})`))).toBe('not_allowed');
	const issue = async () => {
		const [row] = await as(
			owner,
			(tx) => tx<{ made: { code: string } }[]>`select api.issue_support_code(${id}) as made`
		);
		return row!.made.code;
	};
	const former = await issue();
	const code = await issue();
	const unmask = async (given: string) =>
		(await server`select service.operator_unmask(${session}, ${id}, ${given}) as counts`)[0]?.counts;
	expect([await unmask(former), await unmask(code)]).toEqual([false, true]);
	expect((await look()).includes(body)).toBe(true);
	await sql`update private.support_codes set expires_at = now() where organization_id = ${id}`;
	expect((await look()).includes(body)).toBe(false);
	for (let guess = 0; guess < 9; guess++) await unmask('AAAAAAAAAA');
	expect(await refusal(server`select service.operator_unmask(${session}, ${id}, 'AAAAAAAAAA')`)).toBe('rate_limited');
});

test('R6.7 jobs and events are shown without the words of tenants; parked jobs are tried again, or given up, once', async () => {
	const { session } = await operator('operator');
	const secret = `word ${randomBytes(6).toString('hex')}`;
	const park = async () => {
		const [job] = await sql<{ id: string }[]>`
			insert into private.jobs (kind, payload, attempts, last_error, parked_at)
			values ('test_of_operators', ${sql.json({ body: secret, address: secret, nested: { body: secret }, message_id: 'm' })}, 12,
				'No answer', now())
			returning id`;
		return job!.id;
	};
	const [again, never] = [await park(), await park()];
	const [jobs] = await server`select service.operator_jobs(${session}, ${again}) as told`;
	expect(JSON.stringify(jobs)).toContain('No answer');
	expect(JSON.stringify(jobs)).not.toContain(secret);
	const settle = async (ids: string[], retried: boolean) =>
		(
			await server`select service.operator_settle_jobs(${session}, ${ids}::uuid[], ${retried}, 'Safe to ask again') as many`
		)[0]?.many;
	expect([await settle([again], true), await settle([never], false), await settle([never], true)]).toEqual([1, 1, 0]);
	const rows = await sql`
		select id, attempts, parked_at is null as waits, completed_at is not null as over from private.jobs
		where id in (${again}, ${never}) order by id`;
	expect(rows.map(({ attempts, waits, over }) => [attempts, waits, over])).toEqual([
		[0, true, false],
		[12, false, true]
	]);
	await sql`delete from private.jobs where id in (${again}, ${never})`;

	const key = randomBytes(8).toString('hex');
	await sql`
		insert into private.provider_events (provider, event_key, kind, payload, outcome)
		values ('twilio', ${key}, 'inbound', ${sql.json({ Body: secret, From: '+14155550190', MessageSid: 'SM1' })}, 'received')`;
	const [events] = await server`select service.operator_event(${session}, 'twilio', ${key}) as told`;
	expect(JSON.stringify(events)).toContain('SM1');
	expect(JSON.stringify(events)).not.toMatch(new RegExp(`${secret}|4155550190`));
});

test('R6.7 of a payload only what is listed is shown, whatever else a provider or a job comes to say', async () => {
	const { session } = await operator('support');
	const word = () => randomBytes(6).toString('hex');
	const random = (depth: number): Record<string, unknown> =>
		Object.fromEntries([
			...Array.from({ length: 20 }, () => [
				word(),
				[word(), 3, [word()], { id: word() }, null][Math.floor(Math.random() * 5)]
			]),
			...['Body', 'From', 'body', 'contact', 'address', 'description', 'metadata', 'details', 'name'].map((name) => [
				name,
				word()
			]),
			...(depth > 0 ? ['data', 'object', 'there', word(), 'details'].map((name) => [name, random(depth - 1)]) : [])
		]) as Record<string, unknown>;
	const shown = {
		id: 'evt_1',
		type: 'charge.failed',
		created: 12,
		MessageSid: 'SM1',
		since: '2026-11-23T15:00:00+00:00'
	};
	const payload = {
		...random(2),
		...{ status: `I am ${word()}`, kind: [word()], ErrorCode: 'x'.repeat(101), sid: '', source: `a\n${word()}` },
		...shown
	};
	const key = `evt_${word()}`;
	await sql`
		insert into private.provider_events (provider, event_key, kind, payload, outcome)
		values ('stripe', ${key}, 'charge.failed', ${sql.json(payload as never)}, 'stored')`;
	const [row] = await server<{ told: { payload: Record<string, unknown> } }[]>`
		select service.operator_event(${session}, 'stripe', ${key}) as told`;
	// dots for what providers are known to send, and how many more there were
	const bare = (object: object): object =>
		Object.fromEntries(
			Object.entries(object)
				.filter(([name, value]) => name !== '…' && value !== '•••')
				.map(([name, value]) => [name, typeof value === 'object' ? bare(value as object) : (value as unknown)])
		);
	expect(bare(row!.told.payload)).toEqual({
		...shown,
		...Object.fromEntries(['data', 'object', 'there'].map((name) => [name, { data: {}, object: {}, there: {} }]))
	});
	for (const odd of ['"a word"', '["a word"]', '7', 'null']) {
		expect((await sql`select private.without_words(${odd}::text::jsonb) as it`)[0]!.it).toEqual({});
	}
});

test('R6.7 an operator repairs a difference, with a reason, and twice is once', async () => {
	const { id } = await company();
	await giveMoney(id, 50_000);
	const [message] = await sent(sql, id, longAgo, [0]);
	const [found] = await compared(sql, message!);
	const { session: support } = await operator('support');
	const { session, id: who } = await operator('operator');
	const repair = (by: string, difference: string, reason: string) =>
		server<{ came: { outcome: string } }[]>`select service.operator_repair(${by}, ${difference}, ${reason}) as came`;
	const [listed] = await server<
		{ told: { id: string; organization_id: string; repair: string | null; result: string | null }[] }[]
	>`
		select service.operator_differences(${support}) as told`;
	expect(listed!.told.find((one) => one.id === found!.id)).toMatchObject({
		...{ cause: 'text_not_charged', subject: message, organization_id: id, repair: 'settle', result: null },
		details: { status: 'sent', segments: 1 }
	});
	expect([
		await refusal(repair(support, found!.id, 'Charge it')),
		await refusal(repair(session, found!.id, ' ')),
		await refusal(repair(hash(), found!.id, 'Charge it'))
	]).toEqual(['operator_not_allowed', 'reason_missing', 'operator_session_ended']);
	expect(await chargeOf(message!)).toBeUndefined();
	const outcomes = await Promise.all([
		repair(session, found!.id, 'Charge it'),
		repair(session, found!.id, 'Charge it')
	]);
	expect(outcomes.map(([row]) => row!.came.outcome)).toEqual(['done', 'done']);
	expect(await chargeOf(message!)).toMatchObject({ status: 'charged', shortfall: 0 });
	expect(await compared(sql, message!)).toMatchObject([{ id: found!.id, ended_at: expect.any(Date) }]);
	expect((await repair(session, found!.id, 'Charge it'))[0]?.came.outcome).toBe('gone');
	expect((await repair(session, crypto.randomUUID(), 'Charge it'))[0]?.came.outcome).toBe('gone');
	const lines = await sql`
		select reason, object_id, details ->> 'outcome' as came from private.operator_log
		where operator_id = ${who} and verb = 'difference.repaired' and object_id = ${found!.id} order by id`;
	expect(lines.map(({ reason, came }) => [reason, came])).toEqual([
		['Charge it', 'done'],
		['Charge it', 'done'],
		['Charge it', 'gone']
	]);
});
