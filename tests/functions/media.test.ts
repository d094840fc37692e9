/** Files on their way: looked at by the stack's own worker, texted, fetched; and addresses that nobody is led to. */
import { createClient } from '@supabase/supabase-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { readMedia, type MediaSettings } from '../../supabase/functions/_shared/carriers/media.ts';
import { bad, gif, good, polyglots } from '../support/files.ts';
import { addMember, createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import { png } from '../support/pictures.ts';
import { stack } from '../support/shared-stack.ts';
import { eventually, textsOf } from './doors.ts';

const { env, sql } = stack;
const patience = 25;

let noor: Person;
let colleague: Person;
let organization: { id: string };
let number: { id: string; e164: string };
let conversation: string;
const handset = `+1415555${1000 + Math.floor(Math.random() * 9000)}`;

const clientOf = ({ accessToken }: Person) =>
	createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		accessToken: () => Promise.resolve(accessToken),
		db: { schema: 'api' }
	});

beforeAll(async () => {
	[noor, colleague] = [await createPerson(sql, env), await createPerson(sql, env)];
	organization = await createOrganization(sql, { owner: noor });
	await addMember(sql, organization.id, colleague, 'member');
	number = await createNumber(sql, env, { organizationId: organization.id });
	const [row] = await sql<{ id: string }[]>`
		select private.open_conversation(${organization.id}, ${number.id}, ${handset}) as id`;
	conversation = row!.id;
});

type Row = { id: string; status: string; reason: string | null; type: string | null; name: string; size: number };

async function putUp(name: string, bytes: Uint8Array<ArrayBuffer>, type = 'application/octet-stream'): Promise<Row> {
	const client = clientOf(noor);
	const begun = await client.rpc('begin_attachment', {
		conversation_id: conversation,
		name,
		size: Math.max(1, bytes.length),
		type
	});
	if (begun.error) throw new Error(begun.error.message);
	const { id, path } = begun.data as { id: string; path: string };
	const { error } = await client.storage.from('attachments').upload(path, new Blob([bytes]), { contentType: type });
	if (error) throw error;
	expect((await client.rpc('finish_attachment', { attachment_id: id })).error).toBeNull();
	return eventually(
		async () => (await client.from('attachments').select('*').eq('id', id)).data![0] as Row,
		({ status }) => status !== 'pending',
		patience
	);
}

describe('R3.8 the worker looks at bytes', () => {
	test('and lets pass what is taken, as what it is, whatever it was said to be', async () => {
		for (const [name, bytes, type] of good.slice(0, 5)) {
			const row = await putUp(name, new Uint8Array(bytes), type === 'text/plain' ? 'image/png' : undefined);
			expect(row).toMatchObject({ status: 'ready', type, name });
			const [object] = await sql`
				select metadata ->> 'mimetype' as type from storage.objects where name = ${`${organization.id}/${row.id}`}`;
			expect(object).toEqual({ type });
			await clientOf(noor).rpc('remove_attachment', { attachment_id: row.id });
		}
		const [, whole, hidden] = polyglots[0]!;
		const row = await putUp('two in one.gif', new Uint8Array(whole), 'image/gif');
		const { data } = await clientOf(noor).storage.from('attachments').download(`${organization.id}/${row.id}`);
		expect(Buffer.from(await data!.arrayBuffer()).includes(hidden)).toBe(false);
		await clientOf(noor).rpc('remove_attachment', { attachment_id: row.id });
	});

	test('and refuses the rest, and removes it', async () => {
		for (const [, bytes, reason] of bad.filter((_, at) => [1, 6, 12, 16].includes(at))) {
			const row = await putUp('door.jpg', new Uint8Array(bytes), 'image/jpeg');
			expect(row).toMatchObject({ status: 'refused', reason });
			await eventually(
				() => sql`select from storage.objects where name = ${`${organization.id}/${row.id}`}`,
				(rows) => rows.length === 0,
				patience
			);
		}
		const svg = clientOf(noor)
			.storage.from('attachments')
			.upload(`${organization.id}/${crypto.randomUUID()}`, '<svg/>', {
				contentType: 'image/svg+xml'
			});
		expect((await svg).error).not.toBeNull();
	});
});

test('R3.8 a picture is texted: the carrier fetches it, the handset shows it', async () => {
	const { id } = await putUp('door.png', new Uint8Array(png));
	const [message] = await sql.begin(async (tx) => {
		const rows = await tx<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, author_id, carrier)
			values (${conversation}, 'outbound', 'queued', '', ${noor.userId}, 'twilio') returning id`;
		await tx`select private.attach_to_message(${rows[0]!.id}, ${[id]})`;
		await tx`
			insert into private.jobs (kind, queue_key, payload)
			values ('send_message', ${conversation}, ${tx.json({ message_id: rows[0]!.id })})`;
		return rows;
	});
	const [text] = await eventually(
		() => textsOf(env, handset),
		(texts) => texts.length > 0,
		patience
	);
	const { files } = text as unknown as { files: string[] };
	expect(files).toHaveLength(1);
	const shown = await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/media/${files[0]!}`);
	expect([shown.headers.get('content-type'), Buffer.from(await shown.arrayBuffer())]).toEqual(['image/png', png]);
	const [kept] = await sql`select attachment_count from public.messages where id = ${message!.id}`;
	expect(kept).toEqual({ attachment_count: 1 });
});

test('R3.8 pictures that are texted to us are expected at once, fetched with our credentials, and kept for colleagues alone', async () => {
	const page = Buffer.from('<html><script>alert(1)</script>');
	const response = await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			to: number.e164,
			body: 'Look',
			media: [
				{ type: 'image/png', data: png.toString('base64') },
				{ type: 'image/gif', data: gif.toString('base64') },
				{ type: 'image/jpeg', data: page.toString('base64') }
			]
		})
	});
	expect(response.status).toBe(201);
	const rows = await eventually(
		async () =>
			((await clientOf(colleague).from('attachments').select('*').order('position')).data ?? []).filter(
				(row: { uploader_id: string | null }) => row.uploader_id === null
			) as Row[],
		(found) => found.length === 3 && found.every(({ status }) => status !== 'expected'),
		patience
	);
	expect(rows).toMatchObject([
		{ status: 'ready', type: 'image/png', name: 'image-1.png' },
		{ status: 'ready', type: 'image/gif', name: 'image-2.gif' },
		{ status: 'missing', reason: 'attachment_type_unsupported' }
	]);
	const { data } = await clientOf(colleague).storage.from('attachments').download(`${organization.id}/${rows[0]!.id}`);
	expect(Buffer.from(await data!.arrayBuffer())).toEqual(png);
	const stranger = await createPerson(sql, env);
	expect(
		(await clientOf(stranger).storage.from('attachments').download(`${organization.id}/${rows[0]!.id}`)).data
	).toBeNull();
	expect((await clientOf(stranger).from('attachments').select('id')).data).toEqual([]);
});

describe('R3.8 the fetch of files', () => {
	type Asked = { url: string; authorization: string | null; redirect: string | undefined };
	const own = 'https://api.carrier.example';

	/** The internet in small: what is at an address, and what a name resolves to. */
	function world(answers: Record<string, () => Response>, names: Record<string, string[]> = {}) {
		const asked: Asked[] = [];
		const settings: MediaSettings = {
			own,
			authorization: 'Basic secret',
			hosts: ['*.cdn.example', 'media.example'],
			fetch: (input, init) => {
				const url = String(input instanceof Request ? input.url : input);
				asked.push({
					url,
					authorization: new Headers(init?.headers).get('authorization'),
					redirect: init?.redirect
				});
				return Promise.resolve((answers[url] ?? (() => new Response('?', { status: 404 })))());
			},
			resolve: (host) => Promise.resolve(names[host] ?? ['93.184.216.34'])
		};
		const read = (url: string, mostBytes = 1000) =>
			readMedia(url, settings, { mostBytes, signal: AbortSignal.timeout(5000) });
		return { asked, read };
	}
	const to = (location: string) => () => new Response(null, { status: 307, headers: { location } });

	test('asks the carrier with our credentials, and the place it leads to without them', async () => {
		const { asked, read } = world({
			[`${own}/m`]: to('https://eu.cdn.example/x?signature=1'),
			'https://eu.cdn.example/x?signature=1': () => new Response('door')
		});
		expect(Buffer.from(((await read(`${own}/m`)) as { bytes: Uint8Array }).bytes).toString()).toBe('door');
		expect(asked).toEqual([
			{ url: `${own}/m`, authorization: 'Basic secret', redirect: 'manual' },
			{ url: 'https://eu.cdn.example/x?signature=1', authorization: null, redirect: 'manual' }
		]);
	});

	test('leads nobody to an address inside, whatever it is called, and asks none of them', async () => {
		const inside = [
			...[
				'http://127.0.0.1/',
				'https://127.0.0.1/',
				'https://127.1/',
				'https://2130706433/',
				'https://0x7f000001/',
				'https://017700000001/'
			],
			...[
				'https://0/',
				'https://[::1]/',
				'https://[::ffff:127.0.0.1]/',
				'https://[0:0:0:0:0:ffff:7f00:1]/',
				'https://localhost/'
			],
			...[
				'https://169.254.169.254/latest/meta-data/',
				'http://[fd00:ec2::254]/',
				'https://metadata.google.internal/',
				'https://10.0.0.8/'
			],
			...[
				'https://192.168.0.1/',
				'https://100.100.100.200/',
				'https://127.0.0.1.nip.io/',
				'https://elsewhere.example/'
			],
			// a listed name in another guise
			...[
				'http://media.example/',
				'https://media.example:8443/',
				'https://media.example./',
				'https://media.example@127.0.0.1/'
			],
			...[
				'https://user:password@media.example/',
				'https://media.example.evil.example/',
				'https://evilcdn.example/',
				'https://cdn.example/'
			],
			...[
				'https://127.0.0.1#media.example',
				'https://127.0.0.1\\@media.example/',
				'https://①②⑦.⓪.⓪.①/',
				'https://media。example/'.replace('media', 'evil')
			],
			...[
				'file:///etc/passwd',
				'gopher://127.0.0.1/',
				'data:text/html,x',
				'ftp://media.example/',
				'javascript:alert(1)',
				'nothing',
				''
			]
		];
		for (const address of inside) {
			const direct = world({});
			expect([address, await direct.read(address)]).toEqual([address, { refused: 'address' }]);
			expect(direct.asked).toEqual([]);
			// a header holds no such signs, and these two are places beneath the carrier's own
			if (/[^ -~]/.test(address) || address === '' || address === 'nothing') continue;
			const led = world({ [`${own}/m`]: to(address) });
			expect([address, await led.read(`${own}/m`)]).toEqual([address, { refused: 'address' }]);
			expect(led.asked.map(({ url }) => url)).toEqual([`${own}/m`]);
		}
	});

	test('trusts no name whose address, any of them, is inside', async () => {
		for (const addresses of [['127.0.0.1'], ['93.184.216.34', '10.0.0.1'], ['::1'], ['::ffff:10.0.0.1'], ['fd00::1']]) {
			const { asked, read } = world({}, { 'media.example': addresses });
			expect(await read('https://media.example/x')).toEqual({ refused: 'address' });
			expect(asked).toEqual([]);
		}
		await expect(world({}, { 'media.example': [] }).read('https://media.example/x')).rejects.toThrow();
	});

	test('never shows credentials twice, goes round in no circle, and stops reading where a file is too large', async () => {
		const again = world({ [`${own}/m`]: to(`${own}/other`), [`${own}/other`]: () => new Response('x') });
		await again.read(`${own}/m`);
		expect(again.asked.map(({ authorization }) => authorization)).toEqual(['Basic secret', null]);
		const circle = world({ [`${own}/m`]: to(`${own}/m`) });
		await expect(circle.read(`${own}/m`)).rejects.toThrow();
		expect(circle.asked.length).toBeLessThan(6);

		const announced = () => new Response('x', { headers: { 'content-length': '5000' } });
		expect(await world({ [`${own}/m`]: announced }).read(`${own}/m`)).toEqual({ refused: 'size' });
		let pulled = 0;
		const endless = () =>
			new Response(
				new ReadableStream({
					pull(controller) {
						pulled += 1;
						controller.enqueue(new Uint8Array(400));
					}
				})
			);
		expect(await world({ [`${own}/m`]: endless }).read(`${own}/m`)).toEqual({ refused: 'size' });
		expect(pulled).toBeLessThan(10);
		await expect(world({}).read(`${own}/m`)).rejects.toThrow('404');
	});
});
