import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { as, receive, send } from './acting.ts';

const { env, sql } = stack;
let noor: Person, maya: Person, shut: Person, stranger: Person;
let organization: { id: string };
let desk: { id: string; e164: string };
let private_: { id: string; e164: string };
const guest = inventNumber();

type Hit = { id: string; note: boolean; seq: number; body: string; conversation_id: string };

/** What api.search_messages answers. */
const answer = (who: Person, query: string, filters = {}, before_id: string | null = null, batch = 30) =>
	as(who, async (tx) => {
		const [row] = await tx<{ found: { hits: Hit[]; before_id: string | null } }[]>`
			select api.search_messages(${organization.id}, ${query}, ${tx.json(filters)}, ${before_id}, ${batch}) as found`;
		return row!.found;
	});
/** The texts that it finds, newest first. */
const search = async (...asked: Parameters<typeof answer>) => (await answer(...asked)).hits;
const bodies = async (...asked: Parameters<typeof search>) => (await search(...asked)).map(({ body }) => body);

beforeAll(async () => {
	[noor, maya, shut, stranger] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	organization = await createOrganization(sql, {
		owner: noor,
		members: [
			{ person: maya, role: 'viewer' },
			{ person: shut, role: 'member' }
		]
	});
	// codes are found by those who see them
	await sql`update public.organizations set code_roles = '{owner,admin,member}' where id = ${organization.id}`;
	desk = await createNumber(sql, env, { organizationId: organization.id });
	private_ = await createNumber(sql, env, { organizationId: organization.id, grants: [{ userId: maya.userId }] });
	for (const body of [
		'The key to the flat is under the blue mat',
		'Don’t forget: Café at 12,000 — tidewater.example/abc',
		'こんにちは、東京タワーへ行きたい',
		'สวัสดีครับ ห้องว่างไหม',
		'Your code is 492-118',
		'<b>Bold</b> offer, key included'
	]) {
		await receive(desk.e164, { from: guest, body });
	}
	await receive(private_.e164, { from: guest, body: 'the key to the safe' });
});

describe('R2.5 a search finds', () => {
	test.each([
		['words in any order', 'flat key', 'The key to the flat is under the blue mat'],
		['a phrase', '"blue mat"', 'The key to the flat is under the blue mat'],
		['the beginning of the last word', 'under bl', 'The key to the flat is under the blue mat'],
		['the beginning of any word, if asked', 'und* mat', 'The key to the flat is under the blue mat'],
		[
			'without regard to case, accents and apostrophes',
			'CAFE dont',
			'Don’t forget: Café at 12,000 — tidewater.example/abc'
		],
		['parts of addresses', 'tidewater', 'Don’t forget: Café at 12,000 — tidewater.example/abc'],
		['figures as they were written', '12,000', 'Don’t forget: Café at 12,000 — tidewater.example/abc'],
		['Japanese, in the middle of a sentence', '東京タワー', 'こんにちは、東京タワーへ行きたい'],
		['a single sign', '東', 'こんにちは、東京タワーへ行きたい'],
		['the last sign of a sentence', 'い', 'こんにちは、東京タワーへ行きたい'],
		['Thai, without spaces', 'ครับ', 'สวัสดีครับ ห้องว่างไหม'],
		['half of a code', '118', 'Your code is 492-118'],
		['words within markup', 'bold', '<b>Bold</b> offer, key included']
	])('%s', async (_, query, found) => expect(await bodies(shut, query)).toContain(found));

	test('nothing for a phrase in another order, for signs alone, and for words that are not there together', async () => {
		for (const query of ['"mat blue"', '!!! ??', '"', 'flat offer', '東タ', ''])
			expect(await bodies(noor, query)).toEqual([]);
	});

	test('the newest first, page by page, whatever else is there', async () => {
		const all = await search(noor, 'key');
		expect(all.map(({ body }) => body)).toEqual([
			'the key to the safe',
			'<b>Bold</b> offer, key included',
			'The key to the flat is under the blue mat'
		]);
		const first = await answer(noor, 'key', {}, null, 1);
		expect(first).toEqual({ hits: [all[0]], before_id: all[0]!.id });
		const rest = await answer(noor, 'key', {}, first.before_id, 2);
		expect(rest).toEqual({ hits: all.slice(1), before_id: null });
	});

	test('what the filters leave', async () => {
		const said = await send(noor, { phone_number_id: desk.id, recipient: guest, body: 'The key is yours' });
		expect(await bodies(noor, 'key', { author_id: noor.userId })).toEqual(['The key is yours']);
		expect(await bodies(noor, 'key', { direction: 'outbound' })).toEqual(['The key is yours']);
		expect(await bodies(noor, 'key', { phone_number_id: private_.id })).toEqual(['the key to the safe']);
		expect(await bodies(noor, 'key', { conversation_id: said.conversation_id, status: 'received' })).toHaveLength(2);
		const [contact] = await sql`select id from public.contacts where organization_id = ${organization.id}`;
		expect(await bodies(noor, 'key', { contact_id: contact!.id })).toHaveLength(4);
		expect(await bodies(noor, 'code', { has_code: true })).toEqual(['Your code is 492-118']);
		expect(await bodies(noor, 'key', { has_code: true })).toEqual([]);
		expect(await bodies(noor, 'key', { has_attachment: true })).toEqual([]);
		expect(await bodies(noor, 'key', { until: '2020-01-01' })).toEqual([]);
		expect(await bodies(noor, 'key', { since: '2020-01-01', until: '2100-01-01' })).toHaveLength(4);
	});

	test('texts of years ago, also far behind a thousand newer ones without the word, and before a date', async () => {
		const old = await createNumber(sql, null, { organizationId: organization.id });
		const conversation = sql`private.open_conversation(${organization.id}, ${old.id}, ${inventNumber()})`;
		await sql`insert into public.messages (id, conversation_id, direction, status, body, created_at)
			values (private.first_id_at('2019-05-05'), ${conversation}, 'inbound', 'received', 'the lighthouse keeper', '2019-05-05')`;
		await sql`insert into public.messages (conversation_id, direction, status, body)
			select ${conversation}, 'inbound', 'received', 'filler ' || i from generate_series(1, 900) i`;
		expect(await bodies(noor, 'lighthouse')).toEqual(['the lighthouse keeper']);
		expect(await bodies(noor, 'keeper', { until: '2019-06-01' })).toEqual(['the lighthouse keeper']);
		expect(await bodies(noor, 'filler', {}, null, 100)).toHaveLength(100);
	});

	test('every text once, page by page, whether its word is in all, in many or in few of them, over months', async () => {
		const years = await createNumber(sql, null, { organizationId: organization.id });
		const conversation = sql`private.open_conversation(${organization.id}, ${years.id}, ${inventNumber()})`;
		await sql`insert into public.messages (id, conversation_id, direction, status, body)
			select private.first_id_at(timestamptz '2021-01-01' + i * interval '6 hours'), ${conversation}, 'inbound', 'received',
				'mango ' || i || case when i % 5 = 0 then ' papaya' else '' end || case when i % 97 = 0 then ' quince' else '' end
			from generate_series(1, 1000) i`;
		for (const [word, count] of [
			['mango', 1000],
			['papaya', 200],
			['quince', 10]
		] as const) {
			const seen: string[] = [];
			for (let before: string | null = null, page = 0; page === 0 || before; page++) {
				const found = await answer(noor, word, {}, before, 90);
				seen.push(...found.hits.map(({ id }) => id));
				before = found.before_id;
			}
			expect(seen).toHaveLength(count);
			expect(seen).toEqual([...new Set(seen)].sort().reverse());
		}
	});

	test('the same texts, whether they are just few enough to be looked up at once or just too many', async () => {
		const shore = await createNumber(sql, null, { organizationId: organization.id });
		const conversation = sql`private.open_conversation(${organization.id}, ${shore.id}, ${inventNumber()})`;
		const receiveDaysAgo = async (first: number, last: number) =>
			(
				await sql<{ id: string }[]>`insert into public.messages (id, conversation_id, direction, status, body)
					select private.first_id_at(now() - (10 + i * 0.2) * interval '1 day'), ${conversation}, 'inbound', 'received',
						'a sea urchin ' || i || ', urchin sea'
					from generate_series(${first}::integer, ${last}::integer) i
					returning id`
			).map(({ id }) => id);
		const everyPage = async (query: string) => {
			const seen: string[] = [];
			for (let before: string | null = null, page = 0; page === 0 || before; page++) {
				const found = await answer(noor, query, {}, before, 100);
				seen.push(...found.hits.map(({ id }) => id));
				before = found.before_id;
			}
			return seen;
		};
		// phrases: up to a thousand at once
		const few = await receiveDaysAgo(1, 1000);
		expect(await everyPage('"sea urchin"')).toEqual(few);
		const many = [...few, ...(await receiveDaysAgo(1001, 1001))];
		expect(await everyPage('"sea urchin"')).toEqual(many);
		expect(await everyPage('"sea urchin"')).toEqual(await everyPage('urchin'));
	}, 60_000);

	test('what is far behind more than one call looks through: a page may be short, and says from where to go on', async () => {
		const desk_ = await createNumber(sql, null, { organizationId: organization.id });
		const conversation = sql`private.open_conversation(${organization.id}, ${desk_.id}, ${inventNumber()})`;
		await sql`insert into public.messages (id, conversation_id, direction, status, body)
			values (private.first_id_at('2018-05-05'), ${conversation}, 'inbound', 'received', 'a velvet anchor')`;
		await sql`insert into public.messages (conversation_id, direction, status, body)
			select ${conversation}, 'inbound', 'received', 'anchor, velvet ' || i from generate_series(1, 1800) i`;
		const first = await answer(noor, '"velvet anchor"');
		expect(first.hits).toEqual([]);
		expect(first.before_id).not.toBeNull();
		const next = await answer(noor, '"velvet anchor"', {}, first.before_id);
		expect(next).toMatchObject({ hits: [{ body: 'a velvet anchor' }], before_id: null });
	});

	test('internal notes among the texts, marked as such and with the place they stand below', async () => {
		const [conversation] = await sql<{ id: string; last_seq: string }[]>`
			select id, last_seq from public.conversations where phone_number_id = ${desk.id}`;
		const note = (body: string) =>
			as(noor, (tx) => tx`select api.add_note(${conversation!.id}, ${body}, ${crypto.randomUUID()}) as told`);
		await note('She forgot her umbrella twice');
		await receive(desk.e164, { from: guest, body: 'Is my umbrella there?' });
		const [removed] = await note('umbrella, but taken away');
		await as(noor, (tx) => tx`select api.remove_note(${(removed!.told as { note: { id: string } }).note.id})`);
		const hits = await search(shut, 'umbrella');
		expect(hits).toMatchObject([
			{ note: false, body: 'Is my umbrella there?' },
			{ note: true, body: 'She forgot her umbrella twice', seq: Number(conversation!.last_seq), author_id: noor.userId }
		]);
		expect(await answer(noor, 'umbrella', {}, null, 1)).toMatchObject({ hits: [hits[0]!], before_id: hits[0]!.id });
		expect(await search(noor, 'umbrella', {}, hits[0]!.id)).toEqual([hits[1]]);
		expect(await bodies(noor, 'umbrella', { author_id: noor.userId })).toEqual(['She forgot her umbrella twice']);
		expect(await bodies(noor, 'umbrella', { phone_number_id: private_.id })).toEqual([]);
		expect(await bodies(noor, 'umbrella', { status: 'received' })).toEqual(['Is my umbrella there?']);
	});
});

describe('R2.5 nobody finds what they may not see', () => {
	test('a restricted number is for those it is given to', async () => {
		expect(await bodies(shut, 'safe')).toEqual([]);
		expect(await bodies(maya, 'safe')).toEqual(['the key to the safe']);
		const [{ id }] = await sql<
			[{ id: string }]
		>`select id from public.conversations where phone_number_id = ${private_.id}`;
		await as(noor, (tx) => tx`select api.add_note(${id}, 'the combination is secret', ${crypto.randomUUID()})`);
		expect(await bodies(shut, 'combination')).toEqual([]);
		expect(await bodies(maya, 'combination')).toEqual(['the combination is secret']);
	});

	test('strangers and whoever was removed are told that there is nothing', async () => {
		const refusal = { code: 'PT404', message: 'not_found' };
		await expect(search(stranger, 'key')).rejects.toMatchObject(refusal);
		const removed = await createPerson(sql, env);
		await sql`insert into public.memberships values (${organization.id}, ${removed.userId}, 'member')`;
		expect(await search(removed, 'key')).not.toEqual([]);
		await sql`delete from public.memberships where user_id = ${removed.userId} and organization_id = ${organization.id}`;
		await expect(search(removed, 'key')).rejects.toMatchObject(refusal);
	});

	test('a team conversation is for those who take part', async () => {
		const [team] = await as(
			noor,
			(tx) => tx`select api.create_team_conversation(${organization.id}, 'Night shift', ${[shut.userId]}) as id`
		);
		await as(
			noor,
			(tx) => tx`select api.post_team_message(${team!.id}, 'the marmalade is ours', ${crypto.randomUUID()})`
		);
		expect(await bodies(shut, 'marmalade')).toEqual(['the marmalade is ours']);
		expect(await bodies(maya, 'marmalade')).toEqual([]);
	});

	test('a contact filter of another organization finds nothing', async () => {
		const [foreign] = await sql`insert into public.contacts (organization_id, phone_number)
			values (${stranger.organizationId}, ${inventNumber()}) returning id`;
		expect(await bodies(noor, 'key', { contact_id: foreign!.id })).toEqual([]);
	});
});
