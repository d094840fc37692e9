import { createHash, randomBytes } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { beforeAll, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive, send } from './acting.ts';
import { bookOf, freshPerson } from './company.ts';
import { keepKey } from './keys-cast.ts';
import { refusal } from './operating.ts';

const { sql, env } = stack;

let owner: Person;
let member: Person;
beforeAll(async () => {
	[owner, member] = await Promise.all([freshPerson(), createPerson(sql, env)]);
});

/** Pro: 5,000 segments, 25 numbers, 25 members, 50 GB; with $20 in its wallet beside its credit. */
async function newTeam(): Promise<string> {
	const { id } = await createOrganization(sql, {
		...{ owner, plan: 'pro', members: [{ person: member, role: 'member' }] }
	});
	await sql`
		select private.transfer(${id}, array[row('payments', -20000000), row('wallet', 20000000)]::private.ledger_leg[], 'top_up', 'caps')`;
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${id}`;
	return id;
}

type Cap = { name: string; most: number | null; stops?: boolean };
const set = (by: Person, id: string, ...caps: Cap[]) =>
	refusal(as(by, (tx) => tx`select api.set_caps(${id}, ${tx.json(caps.map((cap) => ({ stops: true, ...cap })))})`));
const capsOf = async (by: Person, id: string) =>
	(
		await as(
			by,
			(tx) => tx<{ caps: (Cap & { by: string | null; used: number | null })[] }[]>`
				select api.usage_figures(${id}, current_date, current_date) -> 'caps' as caps`
		)
	)[0]!.caps;
const told = async (id: string) =>
	(
		await sql<{ name: string; percent: number }[]>`
			select name, percent from public.limit_warnings where organization_id = ${id} and of_cap order by name, percent`
	).map(({ name, percent }) => `${name} ${percent}`);
const ask = (by: Person, id: string) =>
	refusal(as(by, (tx) => tx`select api.request_verification(${id}, ${crypto.randomUUID()}, service_name => 'Door')`));
/** How many of so many at once went through, and how the others were refused. */
async function atOnce(many: number, one: (at: number) => Promise<string>) {
	const came = await Promise.all(Array.from({ length: many }, (_, at) => one(at)));
	return { done: came.filter((it) => it === 'done').length, refused: [...new Set(came.filter((it) => it !== 'done'))] };
}
/** A number for sale, in a country where no other test looks. */
const offer = async () => {
	const e164 = `+6921${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
	await sql`select private.record_number_prices('FM', '[{"kind": "local", "cost_micros": 1150000, "documents": []}]')`;
	await sql`
		select private.record_number_offer(${sql.json({ e164, country_code: 'FM', kind: 'local', capabilities: ['sms'], address_requirement: 'none' })})`;
	return { e164, micros: 1_150_000 };
};
const buy = (by: Person, id: string, { e164, micros }: { e164: string; micros: number }) =>
	refusal(as(by, (tx) => tx`select api.order_number(${id}, ${e164}, ${micros}, ${crypto.randomUUID()})`));

test('R6.6 an owner allows as much as the plan does or less; a member, another tenant and nonsense change nothing', async () => {
	const id = await newTeam();
	const stranger = await createPerson(sql, env);
	expect(await set(member, id, { name: 'numbers', most: 2 })).toBe('not_allowed');
	expect(await set(stranger, id, { name: 'numbers', most: 2 })).toBe('not_found');
	expect(await set(owner, id, { name: 'numbers', most: 26 })).toBe('cap_too_high');
	for (const odd of [
		{ name: 'sheep', most: 2 },
		{ name: 'numbers', most: -1 },
		{ name: 'numbers', most: 1.5 },
		{ name: 'members', most: 0 },
		{ name: 'requests', most: 9, stops: true }
	])
		expect(await set(owner, id, odd), JSON.stringify(odd)).toBe('malformed');
	expect(await capsOf(owner, id)).toEqual([]);

	expect(
		await set(
			...([owner, id, { name: 'numbers', most: 25 }, { name: 'spending', most: 5_000_000, stops: false }] as const)
		)
	).toBe('done');
	const [numbers, spending] = await capsOf(owner, id);
	expect(numbers).toMatchObject({ name: 'numbers', most: 25, stops: true, used: null });
	expect(numbers!.by).not.toBeNull();
	expect(spending).toMatchObject({ name: 'spending', most: 5_000_000, stops: false, used: 0 });
	// who does not see the money sees no cap of it
	expect((await capsOf(member, id)).map(({ name }) => name)).toEqual(['numbers']);
	// again the same: no news; what is not named stays
	expect(await set(owner, id, { name: 'numbers', most: 25 })).toBe('done');
	expect(await set(owner, id, { name: 'numbers', most: null })).toBe('done');
	expect((await capsOf(owner, id)).map(({ name }) => name)).toEqual(['spending']);
	const lines = (await bookOf(id)).filter(({ verb }) => verb.startsWith('limits.cap'));
	expect(lines.map(({ verb, actor_id, before, after }) => [verb, actor_id, before, after])).toEqual([
		['limits.cap_set', owner.userId, null, { limit: 'numbers', most: 25, stops: true }],
		['limits.cap_set', owner.userId, null, { limit: 'spending', most: 5_000_000, stops: false }],
		['limits.cap_removed', owner.userId, { limit: 'numbers', most: 25, stops: true }, null]
	]);
});

test('R6.6 of numbers bought at once as many go through as a hard cap allows; a soft one only tells', async () => {
	const id = await newTeam();
	await set(owner, id, { name: 'numbers', most: 3 });
	const offers: Awaited<ReturnType<typeof offer>>[] = [];
	for (let at = 0; at < 6; at++) offers.push(await offer());
	expect(await atOnce(6, (at) => buy(owner, id, offers[at]!))).toEqual({ done: 3, refused: ['numbers_capped'] });
	await set(owner, id, { name: 'numbers', most: 1, stops: false });
	expect(await buy(owner, id, offers[5]!)).toBe('done');
	await createNumber(sql, null, { organizationId: id });
	await createNumber(sql, null, { organizationId: id });
	expect(await told(id)).toEqual(['numbers 50', 'numbers 80', 'numbers 100']);
	const letters = await sql`
		select from private.jobs j join public.organizations o on o.id = ${id}
		where j.payload ->> 'template' = 'limit_near' and j.payload -> 'details' ->> 'slug' = o.slug
			and j.payload -> 'details' @> '{"of_cap": true, "limit_name": "numbers", "percent": 100, "most": 1, "stops": false}'`;
	expect(letters).toHaveLength(1);
});

test('R6.6 two who accept at once do not both take the last place that a cap leaves', async () => {
	const id = await newTeam();
	const invited = await Promise.all([1, 2, 3].map(() => createPerson(sql, env)));
	const tokens: string[] = [];
	for (const { email } of invited) {
		const [made] = await as(
			owner,
			(tx) => tx<{ id: string }[]>`select api.invite(${id}, ${email}, 'member') ->> 'id' as id`
		);
		const token = randomBytes(32).toString('base64url');
		const [letter] = await sql<{ id: string }[]>`
			select id from private.invitation_letters where invitation_id = ${made!.id}`;
		await edge`
			select service.issue_invitation_token(${letter!.id}, ${createHash('sha256').update(token).digest('hex')})`;
		tokens.push(token);
	}
	await set(owner, id, { name: 'members', most: 3 });
	const accept = (at: number) => refusal(as(invited[at]!, (tx) => tx`select api.accept_invitation(${tokens[at]!})`));
	expect(await atOnce(3, accept)).toEqual({ done: 1, refused: ['members_capped'] });
	expect(await refusal(as(owner, (tx) => tx`select api.invite(${id}, 'one@else.example', 'member')`))).toBe(
		'members_capped'
	);
	expect(await told(id)).toEqual(['members 50', 'members 80', 'members 100']);
});

test('R6.6 codes asked for at once, files and money stop where a hard cap is, and the plan is not asked', async () => {
	const id = await newTeam();
	const number = await createNumber(sql, null, { organizationId: id });
	await set(owner, id, { name: 'verifications', most: 2 }, { name: 'storage', most: 1000 });
	expect(await atOnce(5, () => ask(member, id))).toEqual({ done: 2, refused: ['verifications_capped'] });
	expect(await told(id)).toEqual(['verifications 50', 'verifications 80', 'verifications 100']);

	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	const put = (size: number) =>
		refusal(as(owner, (tx) => tx`select api.begin_attachment(${conversation_id}, 'door.png', ${size}, 'image/png')`));
	expect(await put(1001)).toBe('storage_capped');
	expect(await atOnce(4, () => put(400))).toEqual({ done: 2, refused: ['storage_capped'] });
	expect(await told(id)).toEqual([
		...['storage 50', 'storage 80', 'verifications 50', 'verifications 80', 'verifications 100']
	]);
});

test('R6.6 what is spent in a month ends at a hard cap, held money counted, texts sent at once too; what only tells lets it go on', async () => {
	const id = await newTeam();
	const number = await createNumber(sql, null, { organizationId: id });
	const others = Array.from({ length: 6 }, inventNumber);
	const places: string[] = [];
	for (const from of others) places.push((await receive(number.e164, { from })).conversation_id!);
	await sql`
		insert into public.segment_allowances (organization_id, month, used) values (${id}, private.month_of(${id}), 5000)
		on conflict (organization_id, month) do update set used = 5000`;
	const text = (at: number) => refusal(send(member, { conversation_id: places[at]! }));
	expect(await text(0)).toBe('done');
	const spent = async () =>
		Number((await sql<{ spent: string }[]>`select private.spent_this_month(${id}) as spent`)[0]!.spent);
	const one = await spent();
	expect(one).toBeGreaterThan(0);
	// room for three more, and not quite for a fourth
	await set(owner, id, { name: 'spending', most: one * 5 - 1 });
	expect(await atOnce(5, (at) => text(at + 1))).toEqual({ done: 3, refused: ['spending_capped'] });
	expect(await spent()).toBe(one * 4);
	expect(await told(id)).toEqual(['spending 50', 'spending 80']);
	const [asked] = await as(
		member,
		(tx) => tx<{ slugs: string[] }[]>`
			select array(select jsonb_path_query(api.preflight_message('Hello', conversation_id => ${places[0]!}), '$.reasons[*].slug') #>> '{}') as slugs`
	);
	expect(asked!.slugs).toEqual(['spending_capped']);
	expect(await buy(owner, id, await offer())).toBe('spending_capped');
	// money that comes in is not spent; what comes in as a text is, and comes
	await sql`
		select private.transfer(${id}, array[row('payments', -5000000), row('wallet', 5000000)]::private.ledger_leg[], 'top_up', 'more')`;
	expect(await text(1)).toBe('spending_capped');
	expect((await receive(number.e164, { from: others[0]! })).outcome).toBe('stored');
	await set(owner, id, { name: 'spending', most: one * 2, stops: false });
	expect(await text(1)).toBe('done');
	expect(await told(id)).toEqual(['spending 50', 'spending 80', 'spending 100']);
	// renewals ask nobody: they are told of by a clock
	await sql`delete from public.limit_warnings where organization_id = ${id}`;
	await sql`select private.watch_caps()`;
	expect(await told(id)).toEqual(['spending 50', 'spending 80', 'spending 100']);
	const [book] = await sql<{ spent: number }[]>`
		select -sum(m.amount_micros)::int as spent from private.money_moves(${id}, '2020-01-01', now() + interval '1 day') m
		where m.reason <> 'top_up'`;
	const [held] = await sql<{ held: number }[]>`
		select balance_micros::int as held from public.ledger_accounts where organization_id = ${id} and kind = 'holds'`;
	expect(await spent()).toBe((book!.spent ?? 0) + held!.held);
});

test('R6.6 of the segments of its plan an organization allows itself fewer: nothing goes beyond them, and no money', async () => {
	const id = await newTeam();
	const number = await createNumber(sql, null, { organizationId: id });
	const places: string[] = [];
	for (let at = 0; at < 5; at++) places.push((await receive(number.e164, { from: inventNumber() })).conversation_id!);
	await set(owner, id, { name: 'segments', most: 3 });
	const text = (at: number) => refusal(send(member, { conversation_id: places[at]! }));
	expect(await atOnce(5, text)).toEqual({ done: 3, refused: ['overage_stopped'] });
	expect(await told(id)).toEqual(['segments 50', 'segments 80', 'segments 100']);
	await set(owner, id, { name: 'segments', most: 3, stops: false });
	expect(await text(0)).toBe('done');
	const [used] = await sql`select used from public.segment_allowances where organization_id = ${id}`;
	expect(used).toEqual({ used: 4 });
});

test('R6.6 a key is held by the caps of its organization as people are', async () => {
	const id = await newTeam();
	const number = await createNumber(sql, null, { organizationId: id });
	await set(owner, id, { name: 'verifications', most: 1 });
	expect(await ask(owner, id)).toBe('done');
	const key = await sql.begin((tx) =>
		keepKey(tx, id, { name: 'Door', scopes: ['verifications:write', 'messages:write'], numbers: null })
	);
	const claims = JSON.stringify({ role: 'api_key', key_id: key, address: '203.0.113.7' });
	const byKey = (work: (tx: TransactionSql) => Promise<unknown>) =>
		refusal(
			edge.begin(async (tx) => {
				await tx`select set_config('role', 'api_key', true), set_config('request.jwt.claims', ${claims}, true)`;
				await work(tx);
			})
		);
	const asked = (tx: TransactionSql) =>
		tx`select api.request_verification(${id}, ${crypto.randomUUID()}, service_name => 'Door')`;
	expect(await byKey(asked)).toBe('verifications_capped');
	expect(await byKey((tx) => tx`select api.set_caps(${id}, '[]')`)).toMatch(
		/permission denied|scope_missing|not_found/
	);
	await set(owner, id, { name: 'verifications', most: null }, { name: 'segments', most: 0 });
	expect(await byKey(asked)).toBe('done');
	const text = (tx: TransactionSql) =>
		tx`select api.send_message('Hello', ${crypto.randomUUID()}, phone_number_id => ${number.id}, recipient => ${inventNumber()})`;
	expect(await byKey(text)).toBe('overage_stopped');
});
