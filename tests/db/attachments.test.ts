import { beforeAll, describe, expect, test } from 'vitest';
import { failures } from '#core/failures.ts';
import { addMember, createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';

const { env, sql } = stack;

let noor: Person;
let colleague: Person;
let viewer: Person;
let stranger: Person;
let organization: { id: string };
let number: { id: string; e164: string };
let conversation: string;

beforeAll(async () => {
	[noor, colleague, viewer, stranger] = await Promise.all([
		createPerson(sql, env),
		createPerson(sql, env),
		createPerson(sql, env),
		createPerson(sql, env)
	]);
	organization = await createOrganization(sql, { owner: noor, members: [{ person: colleague, role: 'member' }] });
	await addMember(sql, organization.id, viewer, 'viewer');
	number = await createNumber(sql, null, { organizationId: organization.id });
	conversation = await openWith('+14155550198');
});

async function openWith(contact: string): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		select private.open_conversation(${organization.id}, ${number.id}, ${contact}) as id`;
	return row!.id;
}

type Begun = { id: string; path: string; name: string; media: boolean };

async function begin(who: Person, name = 'door.png', size = 70, place = conversation): Promise<Begun> {
	const [row] = await as(
		who,
		(tx) => tx<{ a: Begun }[]>`select api.begin_attachment(${place}, ${name}, ${size}, 'image/png') as a`
	);
	return row!.a;
}
const putUp = (who: Person, path: string) =>
	as(
		who,
		(tx) => tx`insert into storage.objects (bucket_id, name, owner_id) values ('attachments', ${path}, ${who.userId})`
	);
const finishCheck = (id: string, type: string | null, size: number, reason: string | null = null) =>
	edge`select service.finish_attachment_check(${id}, ${type}, ${size}, 1, 1, '.png', ${reason}) as answer`;

/** A file that was put up and looked at, without its bytes. */
async function ready(who: Person, type = 'image/png', size = 70, place = conversation): Promise<string> {
	const { id } = await begin(who, 'door.png', size, place);
	await sql`update public.attachments set uploaded_at = now() where id = ${id}`;
	await finishCheck(id, type, size);
	return id;
}
async function attach(who: Person, ids: string[], place = conversation) {
	return sql.begin(async (tx) => {
		const [message] = await tx<{ id: string; revision: number }[]>`
			insert into public.messages (conversation_id, direction, status, body, author_id)
			values (${place}, 'outbound', 'queued', 'look', ${who.userId}) returning id`;
		await tx`select private.attach_to_message(${message!.id}, ${ids})`;
		return message!.id;
	});
}
const seenBy = async (who: Person, id: string) =>
	(await as(who, (tx) => tx<{ id: string }[]>`select id from api.attachments where id = ${id}`)).length;

describe('R3.8 a file', () => {
	test('goes where the verb said, once, by whoever announced it, and nobody else sees it before it is sent', async () => {
		const { id, path, media } = await begin(noor);
		expect({ path, media }).toEqual({ path: `${organization.id}/${id}`, media: true });
		for (const who of [colleague, viewer, stranger]) {
			await expect(putUp(who, path)).rejects.toMatchObject({ code: '42501' });
			expect(await seenBy(who, id)).toBe(0);
		}
		await expect(putUp(noor, `${organization.id}/${crypto.randomUUID()}`)).rejects.toMatchObject({ code: '42501' });
		await putUp(noor, path);
		await as(noor, (tx) => tx`select api.finish_attachment(${id})`);
		await as(noor, (tx) => tx`select api.finish_attachment(${id})`);
		const jobs =
			await sql`select from private.jobs where kind = 'check_attachment' and payload ->> 'attachment_id' = ${id}`;
		expect(jobs).toHaveLength(1);
		const look = (who: Person) => as(who, (tx) => tx`select from storage.objects where name = ${path}`);
		expect([(await look(noor)).length, (await look(colleague)).length]).toEqual([1, 0]);
	});

	test('is for those who may send there: a viewer and a stranger announce nothing', async () => {
		await expect(begin(viewer)).rejects.toMatchObject({ message: 'not_allowed' });
		await expect(begin(stranger)).rejects.toMatchObject({ message: 'not_found' });
		const { id } = await begin(noor);
		for (const verb of ['finish_attachment', 'remove_attachment', 'link_attachment']) {
			const call = (who: Person) => as(who, (tx) => tx.unsafe(`select api.${verb}('${id}')`));
			await expect(call(colleague)).rejects.toMatchObject({ message: 'not_found' });
			await expect(call(stranger)).rejects.toMatchObject({ message: 'not_found' });
		}
	});

	test('has a size and a name that can be shown: empty, too large and too many are refused, odd names are tidied', async () => {
		await expect(begin(noor, 'x', 0)).rejects.toMatchObject({ message: 'attachment_empty' });
		await expect(begin(noor, 'x', 26_214_401)).rejects.toMatchObject({ message: 'attachment_too_large' });
		const names: [string, string][] = [
			['../../etc/passwd', 'passwd'],
			['C:\\Users\\x\\door.png', 'door.png'],
			['invoice\u202egnp.exe', 'invoicegnp.exe'],
			['\u0000\u0007 \u200b', 'file'],
			['', 'file'],
			['...', 'file'],
			['a\r\nb"c.png', 'abc.png'],
			['😀 Tür.png', '😀 Tür.png']
		];
		const place = await openWith('+14155550111');
		for (const [raw, tidy] of names) {
			if (raw.includes('\u0000')) continue;
			expect((await begin(noor, raw, 1, place)).name).toBe(tidy);
		}
		const long = (await begin(noor, `${'x'.repeat(300)}.png`, 1, place)).name;
		expect(long).toHaveLength(120);
		expect(long.endsWith('.png')).toBe(true);
		const other = await openWith('+14155550112');
		for (let count = 0; count < 30; count++) await begin(noor, 'x', 1, other);
		await expect(begin(noor, 'x', 1, other)).rejects.toMatchObject({ message: 'attachments_too_many' });
	});

	test('that is refused says why and is removed; a check that is given up is not silent', async () => {
		const { id, path } = await begin(noor);
		await sql`update public.attachments set uploaded_at = now() where id = ${id}`;
		await finishCheck(id, null, 70, 'attachment_unreadable');
		const [row] = await as(noor, (tx) => tx`select status, reason from api.attachments where id = ${id}`);
		expect(row).toEqual({ status: 'refused', reason: 'attachment_unreadable' });
		const removal = await sql`select from private.jobs where kind = 'remove_object' and payload ->> 'path' = ${path}`;
		expect(removal).toHaveLength(1);

		const given = await begin(noor);
		await sql.begin(async (tx) => {
			await tx`
				insert into private.jobs (kind, payload, run_at)
				values ('check_attachment', ${tx.json({ attachment_id: given.id })}, 'infinity')`;
			await tx`update private.jobs set parked_at = now() where payload ->> 'attachment_id' = ${given.id}`;
		});
		const [parked] = await sql`select status, reason from public.attachments where id = ${given.id}`;
		expect(parked).toEqual({ status: 'refused', reason: 'attachment_unchecked' });
	});

	test('that is not sent is gone after a day, one with a link after seven', async () => {
		const [forgotten, linked, sent] = [await ready(noor), await ready(noor), await ready(noor)];
		await attach(noor, [sent]);
		const [{ token }] = (await as(
			noor,
			(tx) => tx<{ token: string }[]>`select api.link_attachment(${linked}) as token`
		)) as unknown as [{ token: string }];
		expect(token).toMatch(/^[\w-]{22}$/);
		await sql`update public.attachments set expires_at = expires_at - interval '25 hours' where id = any (${[forgotten, linked, sent]})`;
		await sql`select private.sweep_attachments()`;
		const left = await sql<
			{ id: string }[]
		>`select id from public.attachments where id = any (${[forgotten, linked, sent]})`;
		expect(left.map(({ id }) => id).sort()).toEqual([linked, sent].sort());

		const follow = () => edge`select service.linked_attachment(${token}) as answer`;
		expect((await follow())[0]!.answer).toMatchObject({ name: 'door.png', type: 'image/png' });
		await sql`update private.attachment_links set expires_at = now()`;
		expect((await follow())[0]!.answer).toBeNull();
	});
});

describe('R3.8 sending', () => {
	test('puts files under the text in their order, shows them to everybody there, and counts them', async () => {
		const [first, second] = [await ready(noor), await ready(noor)];
		expect(await seenBy(colleague, first)).toBe(0);
		const message = await attach(noor, [second, first]);
		const rows = await as(
			colleague,
			(tx) => tx<{ id: string }[]>`select id from api.attachments where message_id = ${message} order by position`
		);
		expect(rows.map(({ id }) => id)).toEqual([second, first]);
		expect(await seenBy(stranger, first)).toBe(0);
		const [counted] = await sql`select attachment_count from public.messages where id = ${message}`;
		expect(counted).toEqual({ attachment_count: 2 });
		await expect(attach(noor, [first])).rejects.toMatchObject({ message: 'attachment_missing' });
	});

	test('refuses what is not one’s own, not of this conversation, not looked at, too many or given twice', async () => {
		const mine = await ready(noor);
		const elsewhere = await openWith('+14155550177');
		await expect(attach(colleague, [mine])).rejects.toMatchObject({ message: 'attachment_missing' });
		await expect(attach(noor, [mine], elsewhere)).rejects.toMatchObject({ message: 'attachment_missing' });
		await expect(attach(noor, [crypto.randomUUID()])).rejects.toMatchObject({ message: 'attachment_missing' });
		await expect(attach(noor, [mine, mine])).rejects.toMatchObject({ message: 'attachments_too_many' });
		await expect(attach(noor, [(await begin(noor)).id])).rejects.toMatchObject({ message: 'attachment_not_ready' });
		const eleven = Array.from({ length: 11 }, () => crypto.randomUUID());
		await expect(attach(noor, eleven)).rejects.toMatchObject({ message: 'attachments_too_many' });
		expect(failures.attachment_missing.status).toBe(404);
	});

	test('keeps to what carriers pass: 5 MB together, no WebP or text, the United States and Canada; teams have 25 MB', async () => {
		const [large, larger] = [await ready(noor, 'image/png', 3_000_000), await ready(noor, 'image/png', 3_000_000)];
		await expect(attach(noor, [large, larger])).rejects.toMatchObject({ message: 'attachments_too_large' });
		await expect(attach(noor, [await ready(noor, 'image/webp')])).rejects.toMatchObject({
			message: 'attachment_type_unsupported'
		});
		for (const abroad of ['+491701234567', '+18765550123']) {
			const place = await openWith(abroad);
			expect((await begin(noor, 'x', 1, place)).media).toBe(false);
			const id = await ready(noor, 'image/png', 70, place);
			await expect(attach(noor, [id], place)).rejects.toMatchObject({ message: 'media_unavailable' });
		}
		const [team] = await sql<{ id: string }[]>`
			insert into public.conversations (organization_id) values (${organization.id}) returning id`;
		await sql`
			insert into public.conversation_participants (conversation_id, organization_id, user_id)
			values (${team!.id}, ${organization.id}, ${noor.userId})`;
		const file = await ready(noor, 'text/plain', 20_000_000, team!.id);
		await attach(noor, [file], team!.id);
		expect([await seenBy(noor, file), await seenBy(colleague, file)]).toEqual([1, 0]);
	});

	test('that is taken back gives the files back to whoever wrote the text', async () => {
		const id = await ready(noor);
		const message = await attach(noor, [id]);
		await sql`update public.messages set status = 'cancelled' where id = ${message}`;
		const [row] = await sql`select message_id from public.attachments where id = ${id}`;
		expect(row).toEqual({ message_id: null });
		expect(await seenBy(colleague, id)).toBe(0);
	});
});

describe('R3.8 files that come with a text', () => {
	const media = [
		{ url: 'https://api.twilio.com/one', type: 'image/jpeg' },
		{ url: 'https://api.twilio.com/two', type: 'video/mp4' }
	];
	async function receive(): Promise<string> {
		const sid = `MM${crypto.randomUUID().replaceAll('-', '')}`;
		const [row] = await edge<{ answer: { message_id: string } }[]>`
			select service.receive_message('twilio', ${sid}, '+14155550133', ${number.e164}, '', 1, null, '{}', null,
				${edge.json(media)}) as answer`;
		// no worker of the stack is to fetch them
		await sql`update private.jobs set run_at = 'infinity' where kind = 'fetch_media' and completed_at is null`;
		return row!.answer.message_id;
	}

	test('are expected at once, and every thread learns when they are there', async () => {
		const message = await receive();
		const rows = await as(
			colleague,
			(tx) => tx<{ id: string; status: string }[]>`
				select id, status from api.attachments where message_id = ${message} order by position`
		);
		expect(rows.map(({ status }) => status)).toEqual(['expected', 'expected']);
		const revision = async () =>
			Number((await sql`select revision from public.messages where id = ${message}`)[0]!.revision);
		const before = await revision();
		await finishCheck(rows[0]!.id, 'image/png', 70);
		expect(await revision()).toBeGreaterThan(before);
		const [row] = await sql`select status, name, type from public.attachments where id = ${rows[0]!.id}`;
		expect(row).toEqual({ status: 'ready', name: 'image-1.png', type: 'image/png' });
	});

	test('that cannot be fetched say so, and are fetched again when somebody asks', async () => {
		const message = await receive();
		const [{ id }] = (await sql<{ id: string }[]>`
			select id from public.attachments where message_id = ${message} and position = 0`) as unknown as [{ id: string }];
		await sql`update private.jobs set parked_at = now() where payload ->> 'attachment_id' = ${id}`;
		const state = async () => (await sql`select status, reason from public.attachments where id = ${id}`)[0];
		expect(await state()).toEqual({ status: 'missing', reason: 'media_unreachable' });
		await expect(as(viewer, (tx) => tx`select api.retry_attachment(${id})`)).rejects.toMatchObject({
			message: 'not_allowed'
		});
		await as(colleague, (tx) => tx`select api.retry_attachment(${id})`);
		expect(await state()).toEqual({ status: 'expected', reason: null });
		await sql`update private.jobs set run_at = 'infinity' where kind = 'fetch_media' and completed_at is null`;
	});
});
