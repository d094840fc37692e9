import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	type Person
} from '../support/people.ts';
import { as, receive, send } from './acting.ts';

const { env, sql } = stack;
let noor: Person, viewer: Person, stranger: Person;
let organization: { id: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	[noor, viewer, stranger] = [await createPerson(sql, env), await createPerson(sql, env), await createPerson(sql, env)];
	organization = await createOrganization(sql, { owner: noor });
	await addMember(sql, organization.id, viewer, 'viewer');
	number = await createNumber(sql, env, { organizationId: organization.id });
});

type Contact = {
	id: string;
	name: string | null;
	notes: string | null;
	phone_number: string;
	merged_into_id: string | null;
	blocked_at: Date | null;
	blocked_count: string;
};

const contactsOf = (who: Person, ids: string[]) =>
	as(who, (tx) => tx<Contact[]>`select * from api.contacts where id in ${tx(ids)} order by id`);
const create = async (name: string | null, phone = inventNumber(), notes: string | null = null, who = noor) => {
	const [row] = await as(
		who,
		(tx) => tx<{ contact: Contact }[]>`
		select api.create_contact(${organization.id}, ${phone}, ${name}, ${notes}) as contact`
	);
	return row!.contact;
};
const rows = async (lines: object[], dry: boolean) => {
	const [row] = await as(
		noor,
		(tx) => tx<{ results: string[] }[]>`
		select api.import_contacts(${organization.id}, ${tx.json(lines as never)}, ${dry}) as results`
	);
	return row!.results;
};

describe('R2.2 contacts', () => {
	test('are made once for a number, named when they texted first, and refused a second name by accident', async () => {
		const made = await create('  Ana Costa ', undefined, 'knows the code');
		expect(made).toMatchObject({ name: 'Ana Costa', notes: 'knows the code' });
		expect((await create('Ana Costa', made.phone_number)).id).toBe(made.id);
		await expect(create('Somebody else', made.phone_number)).rejects.toMatchObject({
			code: 'PT409',
			message: 'contact_exists'
		});
		const from = inventNumber();
		await receive(number.e164, { from });
		expect(await create('Wrote first', from)).toMatchObject({ name: 'Wrote first', phone_number: from });
		await expect(create('Nobody', '0415')).rejects.toMatchObject({ code: 'PT422', message: 'phone_number_invalid' });
		await expect(create('x'.repeat(101))).rejects.toMatchObject({ code: 'PT422', message: 'contact_name_too_long' });
		await expect(create('By a viewer', undefined, null, viewer)).rejects.toMatchObject({
			code: 'PT403',
			message: 'not_allowed'
		});
		await expect(create('By a stranger', undefined, null, stranger)).rejects.toMatchObject({
			code: 'PT404',
			message: 'not_found'
		});
	});

	test('are merged, split, renamed and blocked by many at once: no one is refused, and nobody is merged into who is', async () => {
		const ids = await Promise.all(Array.from({ length: 6 }, async () => (await create('Kim')).id));
		const two = (turn: number) => [ids[turn % 6]!, ids[(turn * 5 + 1 + (turn % 4)) % 6]!] as const;
		const acts = Array.from({ length: 40 }, (_, turn) =>
			as(noor, async (tx) => {
				const [one, other] = two(turn);
				if (turn % 5 === 0) await tx`select api.split_contact(${one})`;
				else if (turn % 7 === 0) await tx`select api.block_contact(${one})`;
				else if (turn % 11 === 0) await tx`select api.update_contact(${one}, 'Kim', 'calls at noon')`;
				else if (one !== other) await tx`select api.merge_contacts(${one}, ${[other]})`;
			})
		);
		const refused = (await Promise.allSettled(acts)).filter(({ status }) => status === 'rejected');
		expect(refused).toEqual([]);
		const now = await contactsOf(noor, ids);
		const heads = new Set(now.filter((each) => each.merged_into_id === null).map(({ id }) => id));
		expect(heads.size).toBeGreaterThan(0);
		for (const { merged_into_id } of now) if (merged_into_id) expect(heads).toContain(merged_into_id);
	});

	test('merged are one person under several numbers: one name, all notes; split again they go their ways', async () => {
		const [a, b, c] = [await create('Ben'), await create('Benjamin', undefined, 'calls at noon'), await create(null)];
		await as(noor, (tx) => tx`select api.merge_contacts(${a.id}, ${[b.id, c.id]})`);
		expect(await contactsOf(noor, [a.id, b.id, c.id])).toMatchObject(
			[null, a.id, a.id].map((merged_into_id) => ({ name: 'Ben', notes: 'calls at noon', merged_into_id }))
		);
		await as(noor, (tx) => tx`select api.update_contact(${c.id}, 'Ben Okafor', 'calls at noon')`);
		expect(await contactsOf(noor, [a.id])).toMatchObject([{ name: 'Ben Okafor' }]);
		await as(noor, (tx) => tx`select api.split_contact(${a.id})`);
		expect(await contactsOf(noor, [a.id, b.id, c.id])).toMatchObject([
			{ merged_into_id: null },
			{ merged_into_id: null },
			{ merged_into_id: b.id }
		]);
		const [foreign] = await sql`insert into public.contacts (organization_id, phone_number)
			values (${stranger.organizationId}, ${inventNumber()}) returning id`;
		await expect(as(noor, (tx) => tx`select api.merge_contacts(${a.id}, ${[foreign!.id]})`)).rejects.toMatchObject({
			code: 'PT404'
		});
	});

	test("a change of name is told to open lists and takes the conversation's revision", async () => {
		const from = inventNumber();
		const { conversation_id } = await receive(number.e164, { from });
		const contact = await create('Lists hear it', from);
		const [row] = await as(
			noor,
			(tx) => tx`select contact_name, revision::int from api.conversations where id = ${conversation_id}`
		);
		expect(row).toEqual({ contact_name: 'Lists hear it', revision: 2 });
		await as(noor, (tx) => tx`select api.update_contact(${contact.id}, 'Lists hear it', null)`);
		expect(
			await sql`select from realtime.messages where topic = ${`number:${number.id}`} and payload ->> 'id' = ${conversation_id}`
		).toHaveLength(2);
	});

	test('blocked: their texts are kept and counted, and reopen and tell nothing', async () => {
		const from = inventNumber();
		const { conversation_id } = await receive(number.e164, { from });
		const [{ contact_id }] =
			(await sql`select contact_id from public.conversations where id = ${conversation_id}`) as unknown as [
				{ contact_id: string }
			];
		await as(noor, (tx) => tx`select api.block_contact(${contact_id})`);
		await receive(number.e164, { from, body: 'are you there' });
		await receive(number.e164, { from, body: 'hello?' });
		expect(await contactsOf(noor, [contact_id])).toMatchObject([{ blocked_at: expect.any(Date), blocked_count: '2' }]);
		const [row] = await as(noor, (tx) => tx`select * from api.conversations where id = ${conversation_id}`);
		expect(row).toMatchObject({ contact_blocked: true, unread_count: 1, archived_at: expect.any(Date), last_seq: '3' });
		await expect(send(noor, { conversation_id: conversation_id! })).rejects.toMatchObject({
			message: 'contact_blocked'
		});
		await as(noor, (tx) => tx`select api.unblock_contact(${contact_id})`);
		await receive(number.e164, { from, body: 'and now' });
		const [after] = await as(noor, (tx) => tx`select * from api.conversations where id = ${conversation_id}`);
		expect(after).toMatchObject({ contact_blocked: false, unread_count: 2, archived_at: null });
	});
});

describe('R2.2 an import', () => {
	test('says for every row what becomes of it, does the same, and tried dry leaves nothing', async () => {
		const known = await create('Known already');
		const lines = [
			{ phone_number: '+14155550181', name: 'New one', notes: '=1+1' },
			{ phone_number: known.phone_number, name: 'Known by another name' },
			{ phone_number: known.phone_number, name: 'Known by another name', notes: '' },
			{ phone_number: 'call me', name: 'No number' },
			{ phone_number: '+14155550182', name: 'x'.repeat(101) },
			{ phone_number: '+14155550181', notes: 'twice in one file' }
		];
		const outcome = ['created', 'updated', 'unchanged', 'phone_number_invalid', 'contact_name_too_long', 'updated'];
		expect(await rows(lines, true)).toEqual(outcome);
		expect(await contactsOf(noor, [known.id])).toMatchObject([{ name: 'Known already' }]);
		expect(await rows(lines, false)).toEqual(outcome);
		expect(await rows(lines.slice(1, 3), false)).toEqual(['unchanged', 'unchanged']);
		const book =
			await sql`select after from public.audit_log where organization_id = ${organization.id} and verb = 'contact.imported'`;
		expect(book).toEqual([{ after: { created: 1, updated: 2 } }]);
	});

	test('takes five hundred rows at once and no more', async () => {
		const many = Array.from({ length: 501 }, (_, i) => ({ phone_number: `+1415556${String(1000 + i)}` }));
		expect(new Set(await rows(many.slice(1), true))).toEqual(new Set(['created']));
		await expect(rows(many, true)).rejects.toMatchObject({ code: 'PT400', message: 'malformed' });
	});
});

describe('R2.5 people are found', () => {
	const find = async (query: string, who = noor) => {
		const [row] = await as(
			who,
			(tx) => tx<{ found: { contacts: { name: string; phone_number: string }[] } }[]>`
			select api.search_contacts(${organization.id}, ${query}) as found`
		);
		return row!.found.contacts.map(({ name }) => name);
	};

	test.each([
		['the whole name', 'Chukwuemeka Okafor'],
		['the beginning of a word', 'oka'],
		['a letter left out', 'Okafr'],
		['two letters in the wrong order', 'Chukuwemeka'],
		['no accents and small letters', 'jose chukwuemeka'],
		['digits in another writing', '(415) 555-0177']
	])('by %s', async (_, query) => {
		await as(
			noor,
			(tx) => tx`select api.import_contacts(${organization.id},
			'[{"phone_number": "+14155550177", "name": "José Chukwuemeka Okafor"}, {"phone_number": "+14155550178", "name": "Lena Berg"}]', false)`
		);
		const found = await find(query);
		expect(found).toContain('José Chukwuemeka Okafor');
		expect(found).not.toContain('Lena Berg');
	});

	test('not by strangers, nor by % and _', async () => {
		await expect(find('oka', stranger)).rejects.toMatchObject({ code: 'PT404' });
		for (const query of ['%', '_', '']) expect(await find(query)).toEqual([]);
	});
});
