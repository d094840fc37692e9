import { beforeAll, describe, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';

const { env, sql } = stack;

let noor: Person;
let maya: Person;
let organization: { id: string };
let number: { id: string };

beforeAll(async () => {
	[noor, maya] = [await createPerson(sql, env), await createPerson(sql, env)];
	organization = await createOrganization(sql, { owner: noor, members: [{ person: maya, role: 'member' }] });
	number = await createNumber(sql, null, { organizationId: organization.id });
});

let contacts = 0;
async function place(contact = `+14155550${String(100 + (contacts += 1))}`): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		select private.open_conversation(${organization.id}, ${number.id}, ${contact}) as id`;
	return row!.id;
}

/** A file that was put up and looked at, without its bytes. */
async function ready(who: Person, conversation: string, type = 'image/png'): Promise<string> {
	const [row] = await as(
		who,
		(tx) => tx<{ a: { id: string } }[]>`select api.begin_attachment(${conversation}, 'door.png', 70, ${type}) as a`
	);
	const { id } = row!.a;
	await sql`update public.attachments set uploaded_at = now() where id = ${id}`;
	await edge`select service.finish_attachment_check(${id}, ${type}, 70, 1, 1, '.png', null)`;
	return id;
}
const seenBy = async (who: Person, id: string) =>
	(await as(who, (tx) => tx<{ id: string }[]>`select id from api.attachments where id = ${id}`)).length;
const daysLeft = async (id: string) => {
	const [row] = await sql<{ days: number | null }[]>`
		select round(extract(epoch from expires_at - now()) / 86400)::integer as days from public.attachments where id = ${id}`;
	return row?.days;
};

describe('R3.8 files of a text that goes later', () => {
	const plan = async (who: Person, conversation: string, body: string, files: string[]) => {
		const [row] = await as(
			who,
			(tx) => tx<{ a: { id: string; attachment_ids: string[] } }[]>`
				select api.schedule_message(${conversation}, ${body}, now() + interval '1 hour', 'UTC', ${crypto.randomUUID()},
					attachment_ids => ${files}) as a`
		);
		return row!.a;
	};
	const change = (who: Person, id: string, files: string[] | null, body = 'Look') =>
		as(
			who,
			(tx) => tx`select api.update_scheduled_message(${id}, ${body}, now() + interval '2 hours', 'UTC',
				attachment_ids => ${files})`
		);
	const fire = async (id: string) => {
		await sql`update public.scheduled_messages set send_at = now() - interval '1 second' where id = ${id}`;
		const [row] = await edge<{ a: { outcome: string; reason: string | null; message_id: string } }[]>`
			select service.send_scheduled(${id}) as a`;
		return row!.a;
	};
	const filesOf = async (id: string) => {
		const [row] = await as(
			maya,
			(tx) => tx<{ ids: string[] }[]>`select attachment_ids as ids from api.scheduled_messages where id = ${id}`
		);
		return row!.ids;
	};

	test('wait with it, are seen by colleagues, and leave with it in their order', async () => {
		const conversation = await place();
		const files = [await ready(noor, conversation), await ready(noor, conversation)].reverse();
		const { id, attachment_ids } = await plan(noor, conversation, '', files);
		expect(attachment_ids).toEqual(files);
		expect([await seenBy(maya, files[0]!), await daysLeft(files[0]!)]).toEqual([1, null]);
		// neither another text nor its author's tray can take them
		await expect(
			as(
				noor,
				(tx) => tx`select api.send_message('Now', ${crypto.randomUUID()}, ${conversation}, attachment_ids => ${files})`
			)
		).rejects.toMatchObject({ message: 'attachment_missing' });
		await expect(as(noor, (tx) => tx`select api.remove_attachment(${files[0]!})`)).rejects.toMatchObject({
			message: 'not_found'
		});

		const { outcome, message_id } = await fire(id);
		expect(outcome).toBe('sent');
		const sent = await sql`select id from public.attachments where message_id = ${message_id} order by position`;
		expect(sent.map(({ id: file }) => file as string)).toEqual(files);
		expect(await sql`select attachment_count, body from public.messages where id = ${message_id}`).toMatchObject([
			{ attachment_count: 2, body: '' }
		]);
	});

	test('can be changed by a colleague: some go, some come, and those that were not named stay', async () => {
		const conversation = await place();
		const [kept, dropped] = [await ready(noor, conversation), await ready(noor, conversation)];
		const { id } = await plan(noor, conversation, 'Look', [kept, dropped]);
		await change(maya, id, null);
		expect(await filesOf(id)).toEqual([kept, dropped]);
		const added = await ready(maya, conversation);
		await change(maya, id, [added, kept]);
		expect(await filesOf(id)).toEqual([added, kept]);
		expect(await sql`select from public.attachments where id = ${dropped}`).toHaveLength(0);
		expect((await fire(id)).outcome).toBe('sent');
	});

	test('are refused where they could not go, and a text without words needs one', async () => {
		const conversation = await place();
		await expect(plan(maya, conversation, 'Look', [await ready(noor, conversation)])).rejects.toMatchObject({
			message: 'attachment_missing'
		});
		await expect(
			plan(noor, conversation, 'Look', [await ready(noor, conversation, 'image/webp')])
		).rejects.toMatchObject({ message: 'attachment_type_unsupported' });
		const abroad = await place('+4915112345678');
		await expect(plan(noor, abroad, 'Look', [await ready(noor, abroad)])).rejects.toMatchObject({
			message: 'media_unavailable'
		});
		const { id } = await plan(noor, conversation, '', [await ready(noor, conversation)]);
		await expect(change(noor, id, [], '')).rejects.toMatchObject({ message: 'message_empty' });
	});

	test('of one that is cancelled are kept for a week', async () => {
		const conversation = await place();
		const file = await ready(noor, conversation);
		const { id } = await plan(noor, conversation, 'Look', [file]);
		await as(noor, (tx) => tx`select api.cancel_scheduled_message(${id})`);
		expect(await daysLeft(file)).toBe(7);
	});
});

describe('R3.8 R2.6 files beside a draft', () => {
	const save = (who: Person, conversation: string, body: string, files: string[] | null) =>
		as(who, (tx) => tx`select api.save_draft(${conversation}, ${body}, attachment_ids => ${files})`);
	const read = async (who: Person, conversation: string) =>
		(
			await as(
				who,
				(tx) => tx<{ body: string; attachment_ids: string[] }[]>`
					select body, attachment_ids from api.drafts where conversation_id = ${conversation}`
			)
		)[0];

	test('are kept with it for a month, in their order, whatever is written beside them', async () => {
		const conversation = await place();
		const files = [await ready(noor, conversation), await ready(noor, conversation)].reverse();
		await save(noor, conversation, '', files);
		await save(noor, conversation, 'Look', null);
		expect(await read(noor, conversation)).toEqual({ body: 'Look', attachment_ids: files });
		expect(await daysLeft(files[0]!)).toBe(30);
		await save(noor, conversation, 'Look', files.slice(1));
		expect([await daysLeft(files[0]!), await daysLeft(files[1]!)]).toEqual([1, 30]);
		await save(noor, conversation, '', []);
		expect(await read(noor, conversation)).toBeUndefined();
		expect(await daysLeft(files[1]!)).toBe(1);
	});

	test('are one’s own, of this conversation, and not those that went with a text', async () => {
		const [here, there] = [await place(), await place()];
		const [mine, elsewhere, hers] = [await ready(noor, here), await ready(noor, there), await ready(maya, here)];
		await save(noor, here, 'Look', [elsewhere, hers, mine, crypto.randomUUID()]);
		expect((await read(noor, here))?.attachment_ids).toEqual([mine]);
		await as(
			noor,
			(tx) => tx`select api.send_message('Look', ${crypto.randomUUID()}, ${here}, attachment_ids => ${[mine]})`
		);
		await save(noor, here, 'And', null);
		expect(await read(noor, here)).toEqual({ body: 'And', attachment_ids: [] });
	});

	test('keep the time of a link that leads to them', async () => {
		const conversation = await place();
		const file = await ready(noor, conversation);
		await save(noor, conversation, '', [file]);
		await as(noor, (tx) => tx`select api.link_attachment(${file})`);
		await save(noor, conversation, 'Here it is', []);
		expect(await daysLeft(file)).toBe(7);
	});
});

test('R2.1 asked beforehand, the gate says what is wrong with the files as well', async () => {
	const abroad = await place('+4915112345679');
	const file = await ready(noor, abroad);
	const ask = async (files: string[]) => {
		const [row] = await as(
			noor,
			(tx) => tx<{ a: { allowed: boolean; reasons: { slug: string }[] } }[]>`
				select api.preflight_message('Look', ${abroad}, attachment_ids => ${files}) as a`
		);
		return row!.a.reasons.map(({ slug }) => slug);
	};
	expect([await ask([]), await ask([file]), await ask([crypto.randomUUID()])]).toEqual([
		[],
		['media_unavailable'],
		['attachment_missing']
	]);
});
