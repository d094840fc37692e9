/** Files of texts by the developer API: put up, sent, received and fetched, each by whom it is for. */
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { gif } from '../support/files.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { jpeg, png } from '../support/pictures.ts';
import { stack } from '../support/shared-stack.ts';
import { openApi, type Bearer, type Problem } from './api-door.ts';
import { createKey } from './api-keys.ts';
import { eventually, textsOf } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

type Attachment = Record<'id' | 'status' | 'name', string> & { type: string | null; size: number };
type Text = Record<'id' | 'conversation_id' | 'status', string> & { attachments: Attachment[] };
type Key = Awaited<ReturnType<typeof createKey>>;

let owner: Person;
let organizationId: string;
let number: { id: string; e164: string };
let key: Key;

beforeAll(async () => {
	owner = await createPerson(sql, env);
	({ id: organizationId } = await createOrganization(sql, { owner }));
	await sql`select private.grant_plan(${organizationId}, 'scale', now() + interval '1 day')`;
	number = await createNumber(sql, env, { organizationId });
	key = await createKey(sql, organizationId, { scopes: ['messages:read', 'messages:write'] });
});

type Wish = {
	to?: string;
	from?: string;
	conversation_id?: string;
	name?: string;
	wait?: string;
	organization_id?: string;
};
type Sent = { type?: string; headers?: Record<string, string> };

/** Puts a file up as a program does: its bytes are the body. */
function putUp<Body = Attachment>(
	by: Bearer,
	bytes: Uint8Array,
	wish: Wish = {},
	{ type = 'image/png', headers }: Sent = {}
) {
	const place = wish.conversation_id === undefined ? { from: number.e164, to: inventNumber() } : {};
	const query = new URLSearchParams({ name: 'door.png', wait: '25', ...place, ...wish });
	return api.ask<Body>('POST', `/attachments?${query}`, by, {
		body: new Uint8Array(bytes),
		headers: { 'content-type': type, ...headers }
	});
}

const content = (id: string, by: Key | Person, headers: Record<string, string> = {}) =>
	api.app.request(`/api/v1/attachments/${id}/content`, {
		headers: { authorization: `Bearer ${by.accessToken}`, ...headers }
	});
const refused = async (asked: Promise<{ status: number; body: unknown }>) => {
	const { status, body } = await asked;
	return [status, (body as Problem).code];
};

describe('R7.1 files by a key', () => {
	test('a picture is put up in one request, sent, and arrives at the handset byte by byte', async () => {
		const guest = inventNumber();
		const put = await putUp(key, png, { to: guest });
		expect([put.status, put.body]).toMatchObject([
			201,
			{
				status: 'ready',
				type: 'image/png',
				size: png.length,
				name: 'door.png',
				api_key_id: key.id,
				author_id: null,
				message_id: null
			}
		]);
		const ids = { attachment_ids: [put.body.id] };
		const asked = { from: number.id, to: guest, ...ids };
		expect((await api.post('/messages/preflight', key, asked)).body).toMatchObject({ allowed: true });
		const sent = await api.post<Text>('/messages', key, { ...asked, body: 'Your door' });
		const { id, name, type, size } = put.body;
		const files = [{ id, name, type, size, status: 'ready' }];
		expect([sent.status, sent.body]).toMatchObject([201, { attachment_count: 1, attachments: files }]);
		const [text] = await eventually(
			() => textsOf(env, guest),
			(texts) => texts.length > 0,
			25
		);
		const [arrived] = (text as unknown as { files: string[] }).files;
		const shown = await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(guest)}/media/${arrived}`);
		expect([text?.body, Buffer.from(await shown.arrayBuffer())]).toEqual(['Your door', png]);
		const list = await api.get<{ data: Text[] }>(`/messages?conversation_id=${sent.body.conversation_id}`, key);
		expect(list.body.data.map(({ attachments }) => attachments)).toEqual([files]);
		expect((await api.get(`/attachments/${id}`, key)).body).toMatchObject({ message_id: sent.body.id });
		// what was sent is no longer its author's to take back, nor to send once more
		expect(await refused(api.ask('DELETE', `/attachments/${id}`, key))).toEqual([404, 'not_found']);
		expect(await refused(api.post('/messages', key, asked))).toEqual([404, 'attachment_missing']);
	});

	test('a key that only sends knows its own files and nobody else’s, and one that reads has what was texted to us', async () => {
		const sender = await createKey(sql, organizationId, { scopes: ['messages:write'] });
		const guest = inventNumber();
		const put = await putUp(sender, png, { to: guest });
		expect([put.status, put.body.status]).toEqual([201, 'ready']);
		const sent = await api.post<Text>('/messages', sender, {
			from: number.id,
			to: guest,
			attachment_ids: [put.body.id]
		});
		expect([sent.status, sent.body.attachments.map(({ id }) => id)]).toEqual([201, [put.body.id]]);
		expect(await refused(api.get(`/attachments/${put.body.id}`, sender))).toEqual([403, 'scope_missing']);

		const media = [{ type: 'image/gif', data: gif.toString('base64') }];
		await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(guest)}/texts`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ to: number.e164, body: 'Look', media })
		});
		const { body } = await eventually(
			() => api.get<{ data: Text[] }>(`/messages?conversation_id=${sent.body.conversation_id}&direction=inbound`, key),
			(page) => page.body.data.length > 0,
			25
		);
		const [received] = body.data[0]!.attachments;
		const looked = await api.get<Attachment>(`/attachments/${received!.id}?wait=25`, key);
		expect(looked.body).toMatchObject({ status: 'ready', type: 'image/gif', name: 'image-1.gif', api_key_id: null });
		const answer = await content(received!.id, key);
		expect(Buffer.from(await answer.arrayBuffer())).toEqual(gif);
		const told = ['content-type', 'content-disposition', 'x-content-type-options'].map((name) =>
			answer.headers.get(name)
		);
		expect(told).toEqual(['image/gif', "attachment; filename*=UTF-8''image-1.gif", 'nosniff']);
		const again = await content(received!.id, key, { 'if-none-match': answer.headers.get('etag')! });
		expect([again.status, await again.text()]).toEqual([304, '']);
		expect((await content(received!.id, sender)).status).toBe(403);
	});

	test('a scheduled text takes its files along, and shows them to whoever reads it', async () => {
		const guest = inventNumber();
		const [one, two] = [await putUp(key, png, { to: guest }), await putUp(key, png, { to: guest, name: 'two.png' })];
		const send_at = new Date(Date.now() + 3_600_000).toISOString();
		const wish = { from: number.id, to: guest, send_at, attachment_ids: [one.body.id] };
		const planned = await api.post<{ id: string; attachments: Attachment[] }>('/messages', key, wish);
		expect([planned.status, planned.body.attachments.map(({ id }) => id)]).toEqual([202, [one.body.id]]);
		const path = `/scheduled-messages/${planned.body.id}`;
		const json = { attachment_ids: [one.body.id, two.body.id] };
		const changed = await api.ask<{ attachment_ids: string[] }>('PATCH', path, key, { json });
		expect([changed.status, changed.body.attachment_ids]).toEqual([200, json.attachment_ids]);
		expect((await api.get<{ attachments: Attachment[] }>(path, key)).body.attachments).toMatchObject([
			{ name: 'door.png' },
			{ name: 'two.png' }
		]);
	});

	test('it is nobody else’s: another organization’s key, a key of another number, another key of the same one', async () => {
		const guest = inventNumber();
		const { body: mine } = await putUp(key, png, { to: guest });
		const home = await createOrganization(sql, { owner: await createPerson(sql, env) });
		const stranger = await createKey(sql, home.id, { scopes: ['messages:read', 'messages:write'] });
		const other = await createNumber(sql, null, { organizationId });
		const limited = await createKey(sql, organizationId, {
			scopes: ['messages:read', 'messages:write'],
			numbers: [other.id]
		});
		const colleague = await createKey(sql, organizationId, { scopes: ['messages:read', 'messages:write'] });
		for (const by of [stranger, limited, colleague]) {
			expect(await refused(api.get(`/attachments/${mine.id}`, by))).toEqual([404, 'not_found']);
			expect((await content(mine.id, by)).status).toBe(404);
			expect(await refused(api.ask('DELETE', `/attachments/${mine.id}`, by))).toEqual([404, 'not_found']);
		}
		for (const by of [stranger, limited]) {
			expect(await refused(putUp(by, png, { to: guest }))).toEqual([404, 'not_found']);
		}
		const text = { from: number.id, to: guest, attachment_ids: [mine.id] };
		expect(await refused(api.post('/messages', colleague, text))).toEqual([404, 'attachment_missing']);
		expect(await refused(api.get(`/attachments/${mine.id}`, owner))).toEqual([404, 'not_found']);
		const reader = await createKey(sql, organizationId, { scopes: ['messages:read'] });
		expect(await refused(putUp(reader, png))).toEqual([403, 'scope_missing']);
		expect((await api.ask('DELETE', `/attachments/${mine.id}`, key)).status).toBe(204);
		expect(await refused(api.get(`/attachments/${mine.id}`, key))).toEqual([404, 'not_found']);
		// sent, it is whoever's who may read it, and the number says who that is
		const { body: next } = await putUp(key, png, { to: guest });
		await api.post('/messages', key, { ...text, attachment_ids: [next.id] });
		expect((await content(next.id, colleague)).status).toBe(200);
		expect([(await content(next.id, limited)).status, (await content(next.id, stranger)).status]).toEqual([404, 404]);
	});

	test('what is no file of a text is refused in words, and nothing of it stays', async () => {
		const page = Buffer.from('<html><script>alert(1)</script>');
		const guest = inventNumber();
		expect(await refused(putUp(key, page, { to: guest }))).toEqual([422, 'attachment_type_unsupported']);
		expect(await refused(putUp(key, new Uint8Array(), { to: guest }))).toEqual([422, 'attachment_empty']);
		expect(await refused(putUp(key, new Uint8Array(5_242_881), { to: guest }))).toEqual([422, 'attachments_too_large']);
		expect(await refused(putUp(key, png, { to: guest }, { type: 'application/json' }))).toEqual([
			415,
			'media_type_unsupported'
		]);
		expect(await refused(putUp(key, png, { to: '12' }))).toEqual([422, 'recipient_invalid']);
		expect(await refused(putUp(key, png, { to: '+442079460000' }))).toEqual([422, 'media_unavailable']);
		expect(await refused(putUp(key, png, { name: '' }))).toEqual([400, 'malformed']);
		expect(
			await refused(api.ask('POST', `/attachments?name=x`, key, { headers: { 'content-type': 'image/png' } }))
		).toEqual([400, 'malformed']);
		const left = await sql`
			select from storage.objects o
			join public.attachments a on a.path = o.name
			join public.conversations c on c.id = a.conversation_id
			join public.contacts t on t.id = c.contact_id
			where o.bucket_id = 'attachments' and t.organization_id = ${organizationId} and t.phone_number = ${guest}
				and a.status <> 'refused'`;
		expect(left).toEqual([]);
	});

	test('the same request with the same Idempotency-Key makes one file; other bytes under it are refused', async () => {
		const to = inventNumber();
		const same = { headers: { 'idempotency-key': `door of ${to}` } };
		const [one, two] = [await putUp(key, png, { to }, same), await putUp(key, png, { to }, same)];
		expect([two.body, two.headers.get('idempotency-replayed')]).toEqual([one.body, 'true']);
		expect(await refused(putUp(key, gif, { to }, same))).toEqual([422, 'request_key_reused']);
	});

	test('of a test key nothing leaves, and it stays among tests', async () => {
		const tester = await createKey(sql, organizationId, { scopes: ['messages:read', 'messages:write'], mode: 'test' });
		await sql`select private.open_test_number(${organizationId})`;
		const [own] = await sql<{ id: string }[]>`
			select id from public.phone_numbers where organization_id = ${organizationId} and carrier = 'test'`;
		const place = { from: own!.id, to: '+15550000001' };
		const { status, body } = await putUp(tester, png, place);
		expect([status, body.status]).toEqual([201, 'ready']);
		const sent = await api.post<Text>('/messages', tester, { ...place, attachment_ids: [body.id] });
		const text = await eventually(
			() => api.get<Text>(`/messages/${sent.body.id}`, tester),
			({ body: { status: now } }) => now === 'delivered',
			25
		);
		expect(text.body).toMatchObject({ status: 'delivered', attachments: [{ id: body.id }] });
		expect(await textsOf(env, place.to)).toEqual([]);
		expect(await refused(api.get(`/attachments/${body.id}`, key))).toEqual([404, 'not_found']);
		expect(await refused(putUp(tester, png))).toEqual([404, 'not_found']);
	});
});

test('R7.1 a person does the same with their own token, and what a key put up is not theirs', async () => {
	const to = inventNumber();
	const { status, body } = await putUp(owner, jpeg, { to, organization_id: organizationId }, { type: 'image/jpeg' });
	expect([status, body]).toMatchObject([201, { author_id: owner.userId, api_key_id: null, type: 'image/jpeg' }]);
	expect((await content(body.id, owner)).status).toBe(200);
	const text = { organization_id: organizationId, from: number.id, to, attachment_ids: [body.id] };
	expect(await refused(api.post('/messages', key, { ...text, organization_id: undefined }))).toEqual([
		404,
		'attachment_missing'
	]);
	expect((await api.post<Text>('/messages', owner, text)).body).toMatchObject({ attachments: [{ id: body.id }] });
	expect((await api.get(`/attachments/${body.id}`, key)).body).toMatchObject({ id: body.id });
});

test('R7.1 the other door shows the same files, as rows and with their texts, and gives no way around this one', async () => {
	const to = inventNumber();
	const { body } = await putUp(key, png, { to });
	const client = createClient<Database, 'api'>(`${env.SUPABASE_URL}/functions/v1/api`, key.key, {
		auth: { persistSession: false, autoRefreshToken: false },
		db: { schema: 'api' }
	});
	const row = await client.from('attachments').select('id, status, api_key_id').eq('id', body.id).single();
	expect(row.data).toEqual({ id: body.id, status: 'ready', api_key_id: key.id });
	await client.rpc('send_message', {
		...{ body: '', idempotency_key: crypto.randomUUID(), phone_number_id: number.id, recipient: to },
		attachment_ids: [body.id]
	});
	const embedded = await client
		.from('messages')
		.select('id, attachments!attachments_message_id_fkey(id, name, type)')
		.eq('phone_number_id', number.id)
		.eq('attachments.id', body.id)
		.order('id', { ascending: false })
		.limit(1);
	expect(embedded).toMatchObject({ error: null, data: [{ attachments: [{ id: body.id, name: 'door.png' }] }] });
	// a key is no token: Storage itself knows nothing of it
	const path = `${organizationId}/${body.id}`;
	const storage = await fetch(`${env.SUPABASE_URL}/storage/v1/object/authenticated/attachments/${path}`, {
		headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${key.key}` }
	});
	expect(storage.status).toBe(400);
});
