import type { TransactionSql } from 'postgres';
import { beforeAll, expect, test } from 'vitest';
import type { KeyScope } from '#core/key-scopes.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';
import { keepKey } from './keys-cast.ts';

const { sql, env } = stack;
const refusal = (slug: string) => expect.objectContaining({ message: slug });
const both: KeyScope[] = ['messages:read', 'messages:write'];

let owner: Person;
let organizationId: string;
let number: { id: string; e164: string };

beforeAll(async () => {
	owner = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner }));
	number = await createNumber(sql, null, { organizationId });
});

const makeOne = (scopes = both, numbers: string[] | null = null, organization = organizationId) =>
	sql.begin((tx) => keepKey(tx, organization, { name: 'Bookings', scopes, numbers }));

/** As the database runs what a key asks, by whichever door, Storage's among them. */
async function by<T>(keyId: string, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	return (await edge.begin(async (tx) => {
		const claims = JSON.stringify({ role: 'api_key', key_id: keyId, address: '203.0.113.7' });
		await tx`select set_config('role', 'api_key', true), set_config('request.jwt.claims', ${claims}, true)`;
		return work(tx);
	})) as T;
}

type Begun = { id: string; path: string };
const begin = (keyId: string, to: string, size = 70) =>
	by(keyId, async (tx) => {
		const [row] = await tx<{ begun: Begun }[]>`
			select api.begin_attachment(null, 'door.png', ${size}, 'image/png', ${number.id}, ${to}) as begun`;
		return row!.begun;
	});
/** What Storage does as the caller before it takes bytes, and before it gives some. */
const put = (keyId: string, path: string) =>
	by(keyId, (tx) => tx`insert into storage.objects (bucket_id, name) values ('attachments', ${path})`);
const sees = async (keyId: string, path: string) =>
	(await by(keyId, (tx) => tx`select from storage.objects where bucket_id = 'attachments' and name = ${path}`)).length >
	0;
const look = (id: string) =>
	edge`select service.finish_attachment_check(${id}, 'image/png', 70, 1, 1, '.png', null) as answer`;
const denied = expect.objectContaining({ code: '42501' });

test('R7.1 Storage takes from a key what it announced itself, once, while it may send from that number', async () => {
	const [key, colleague] = [await makeOne(), await makeOne()];
	const { id, path } = await begin(key, inventNumber());
	await expect(put(colleague, path)).rejects.toEqual(denied);
	await expect(put(key, `${organizationId}/${crypto.randomUUID()}`)).rejects.toEqual(denied);
	await sql`update public.api_keys set scopes = '{messages:read}' where id = ${key}`;
	await expect(put(key, path)).rejects.toEqual(denied);
	const other = await createNumber(sql, null, { organizationId });
	await sql`update public.api_keys set scopes = ${both}, phone_number_ids = ${[other.id]} where id = ${key}`;
	await expect(put(key, path)).rejects.toEqual(denied);
	await sql`update public.api_keys set phone_number_ids = null where id = ${key}`;
	await expect(by(key, (tx) => tx`select api.finish_attachment(${id})`)).rejects.toEqual(refusal('attachment_missing'));
	await put(key, path);
	await expect(by(colleague, (tx) => tx`select api.finish_attachment(${id})`)).rejects.toEqual(refusal('not_found'));
	await by(key, (tx) => tx`select api.finish_attachment(${id})`);
	await expect(put(key, path)).rejects.toEqual(denied);
	const changed = by(key, (tx) => tx`update storage.objects set metadata = '{}' where name = ${path}`);
	await expect(changed).rejects.toEqual(denied);
	await expect(by(key, (tx) => tx`delete from storage.objects where name = ${path}`)).rejects.toEqual(denied);
});

test('R7.1 Storage shows a key the files that it may read, when they were looked at, and a revoked one nothing', async () => {
	const [key, reader] = [await makeOne(), await makeOne(['messages:read'])];
	const other = await createNumber(sql, null, { organizationId });
	const limited = await makeOne(both, [other.id]);
	const home = await createOrganization(sql, { owner: await createPerson(sql, env) });
	const stranger = await makeOne(both, null, home.id);
	const to = inventNumber();
	const { id, path } = await begin(key, to);
	await put(key, path);
	// without a job for the stack's own worker, which would find no bytes
	await sql`update public.attachments set uploaded_at = now() where id = ${id}`;
	expect(await sees(key, path)).toBe(false);
	await look(id);
	expect([await sees(key, path), await sees(reader, path)]).toEqual([true, false]);
	await by(key, (tx) => tx`select api.send_message('', ${id}, null, ${number.id}, ${to}, attachment_ids => ${[id]})`);
	const seen = [await sees(reader, path), await sees(limited, path), await sees(stranger, path)];
	expect(seen).toEqual([true, false, false]);
	await sql`update public.api_keys set revoked_at = now() where id = any (${[key, reader]})`;
	expect([await sees(key, path), await sees(reader, path)]).toEqual([false, false]);
});

test('R7.1 a key is told beforehand what could never be sent, and comes to an end with what it does not send', async () => {
	const key = await makeOne();
	await expect(begin(key, '12')).rejects.toEqual(refusal('recipient_invalid'));
	await expect(begin(key, number.e164)).rejects.toEqual(refusal('recipient_invalid'));
	await expect(begin(key, '+442079460000')).rejects.toEqual(refusal('media_unavailable'));
	await expect(begin(key, inventNumber(), 5_242_881)).rejects.toEqual(refusal('attachments_too_large'));
	await expect(begin(key, inventNumber(), 0)).rejects.toEqual(refusal('attachment_empty'));
	// what was refused has opened no conversation
	const opened = await sql`
		select from public.conversations c join public.contacts t on t.id = c.contact_id
		where c.organization_id = ${organizationId} and t.phone_number in ('12', '+442079460000')`;
	expect(opened).toEqual([]);

	const gone = inventNumber();
	await as(owner, (tx) => tx`select api.set_opt_out(${number.id}, ${gone}, 'asked by phone')`);
	await expect(begin(key, gone)).rejects.toEqual(refusal('opted_out'));
	const to = inventNumber();
	const { id } = await begin(key, to);
	const more = (count: number, conversation: string) => sql`
		insert into public.attachments (organization_id, phone_number_id, conversation_id, api_key_id, name, size)
		select ${organizationId}, ${number.id}, ${conversation}, ${key}, 'door.png', 70 from generate_series(1, ${count})`;
	const [{ conversation_id: conversation }] = (await sql`
		select conversation_id from public.attachments where id = ${id}`) as unknown as [{ conversation_id: string }];
	await more(29, conversation);
	await expect(begin(key, to)).rejects.toEqual(refusal('attachments_too_many'));
	await begin(key, inventNumber());
	await more(269, conversation);
	await expect(begin(key, inventNumber())).rejects.toEqual(refusal('attachments_too_many'));
	await by(key, (tx) => tx`select api.remove_attachment(${id})`);
	await begin(key, inventNumber());
});

test('R7.1 a text that a key takes back gives its files back to that key', async () => {
	const [key, to] = [await makeOne(), inventNumber()];
	const { id } = await begin(key, to);
	await sql`update public.attachments set uploaded_at = now() where id = ${id}`;
	await look(id);
	const send = () =>
		by(
			key,
			(tx) => tx<{ text: { id: string } }[]>`
				select api.send_message('', ${crypto.randomUUID()}, null, ${number.id}, ${to}, attachment_ids => ${[id]},
					hold_seconds => '30') as text`
		);
	const [sent] = await send();
	await by(key, (tx) => tx`select api.unsend_message(${sent!.text.id})`);
	const [again] = await send();
	const [row] = await sql`select message_id, api_key_id, uploader_id from public.attachments where id = ${id}`;
	expect(row).toEqual({ message_id: again!.text.id, api_key_id: key, uploader_id: null });
});

test('R7.1 a webhook of a received text names its files', async () => {
	const [conversation] = await sql<{ id: string }[]>`
		select private.open_conversation(${organizationId}, ${number.id}, ${inventNumber()}) as id`;
	const [message] = await sql<{ id: string }[]>`
		insert into public.messages (conversation_id, direction, status, body)
		values (${conversation!.id}, 'inbound', 'received', 'Look') returning id`;
	const media = [{ url: 'https://carrier.example/1', type: 'image/gif' }];
	const file = await sql.begin(async (tx) => {
		await tx`select private.expect_attachments(${message!.id}, ${tx.json(media)})`;
		const [row] = await tx<{ id: string }[]>`select id from public.attachments where message_id = ${message!.id}`;
		// the stack's own worker does not fetch it
		await tx`delete from private.jobs where payload ->> 'attachment_id' = ${row!.id}`;
		return row!;
	});
	const event = {
		...{ organization_id: organizationId, phone_number_id: number.id, type: 'message.received' },
		...{ subject_id: message!.id, created_at: new Date().toISOString(), facts: {} }
	};
	const told = async () => {
		const [row] = await sql<{ payload: { data: { attachments: object[] } } }[]>`
			select private.webhook_payload(jsonb_populate_record(null::private.webhook_events, ${sql.json(event)}), false) as payload`;
		return row!.payload.data.attachments;
	};
	expect(await told()).toMatchObject([{ name: 'file', type: null, status: 'expected' }]);
	await look(file.id);
	expect(await told()).toEqual([{ id: file.id, name: 'image-1.png', type: 'image/png', size: 70, status: 'ready' }]);
});
