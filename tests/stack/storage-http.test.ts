/** What HTTP asks of a file server, and what an attacker would. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fileStore } from '../../stack/storage/files.ts';
import { readForm } from '../../stack/storage/multipart.ts';
import { linkSigner } from '../../stack/storage/token.ts';
import { stack } from '../support/shared-stack.ts';
import { askStorage, keeper } from './shelf.ts';

const { env, sql } = stack;

describe('a download', () => {
	const text = 'abcdefghij';
	const kept = async (type = 'text/plain') => {
		const all = await keeper();
		await all.shelf.upload(all.at('a.txt'), text, { contentType: type });
		const get = (headers: Record<string, string> = {}, method = 'GET') =>
			askStorage(`/object/${all.bucket}/${all.at('a.txt')}`, { person: all.person, headers, method });
		return { ...all, get };
	};

	test('says what it is, and is not to be guessed at', async () => {
		const { get } = await kept();
		const { headers } = await get();
		expect(Object.fromEntries(headers)).toMatchObject({
			'content-type': 'text/plain',
			'content-length': '10',
			'cache-control': 'max-age=3600',
			'accept-ranges': 'bytes',
			'x-content-type-options': 'nosniff',
			'access-control-allow-origin': '*',
			etag: `"${createHash('md5').update(text).digest('hex')}"`
		});
		const head = await get({}, 'HEAD');
		expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
	});

	test.each([
		['bytes=2-4', 206, 'cde', 'bytes 2-4/10'],
		['bytes=7-', 206, 'hij', 'bytes 7-9/10'],
		['bytes=-2', 206, 'ij', 'bytes 8-9/10'],
		['bytes=8-100', 206, 'ij', 'bytes 8-9/10'],
		['bytes=0-1,4-5', 200, text, null],
		['lines=1-2', 200, text, null]
	])('of %s', async (range, status, body, contentRange) => {
		const { get } = await kept();
		const answer = await get({ range });
		expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
			status,
			body,
			contentRange
		]);
	});

	test('beyond the end is 416 with the size', async () => {
		const { get } = await kept();
		const answer = await get({ range: 'bytes=10-' });
		expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
	});

	test('of what one has already is 304', async () => {
		const { get } = await kept();
		const etag = (await get()).headers.get('etag')!;
		expect((await get({ 'if-none-match': etag })).status).toBe(304);
	});

	test('of a page is text: it does not run', async () => {
		const { get } = await kept('text/html; charset=utf-8');
		expect((await get()).headers.get('content-type')).toBe('text/plain');
	});
});

describe('a signed link', () => {
	const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

	test('that was changed, made up, expired or made for another object is 400', async () => {
		const { shelf, at, bucket, person } = await keeper();
		for (const name of ['a.txt', 'b.txt']) await shelf.upload(at(name), name);
		const path = `/object/sign/${bucket}/${at('a.txt')}`;
		const token = new URL((await shelf.createSignedUrl(at('a.txt'), 60)).data!.signedUrl).searchParams.get('token')!;
		const [header, claims, signature] = token.split('.') as [string, string, string];
		const url = `${bucket}/${at('b.txt')}`;
		const other = encode({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), url });
		const byJwtSecret = `${header}.${claims}.${createHmac('sha256', env.SUPABASE_JWT_SECRET).update(`${header}.${claims}`).digest('base64url')}`;
		const early = linkSigner(env.SUPABASE_JWT_SECRET, () => Date.now() / 1000 - 61);
		const bad = [
			'',
			'nonsense',
			`${encode({ alg: 'none' })}.${claims}.`,
			`${header}.${other}.${signature}`,
			`${token}x`,
			byJwtSecret,
			person.accessToken,
			early.sign({ url: `${bucket}/${at('a.txt')}`, use: 'download' }, 60)
		];
		for (const wrong of bad) {
			const answer = await askStorage(`${path}?token=${wrong}`);
			expect(answer.status, wrong).toBe(400);
			expect(await answer.json()).toMatchObject({ statusCode: '400', error: 'InvalidJWT' });
		}
		const elsewhere = await askStorage(`/object/sign/${url}?token=${token}`);
		expect(await elsewhere.json()).toMatchObject({ statusCode: '400', error: 'InvalidSignature' });
		expect((await askStorage(`${path}?token=${token}`)).status).toBe(200);
	});

	test('opens no account, and a link to read is none to write', async () => {
		const { shelf, at, bucket } = await keeper();
		await shelf.upload(at('a.txt'), 'a');
		const token = new URL((await shelf.createSignedUrl(at('a.txt'), 60)).data!.signedUrl).searchParams.get('token')!;
		const rest = await fetch(`${env.SUPABASE_URL}/rest/v1/organizations`, {
			headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` }
		});
		expect(rest.status).toBe(401);
		const put = await askStorage(`/object/upload/sign/${bucket}/${at('a.txt')}?token=${token}`, {
			method: 'PUT',
			body: 'x'
		});
		expect(put.status).toBe(400);
	});
});

describe('what a bucket takes', () => {
	test('a file over the limit is refused and leaves neither row nor file, however it comes', async () => {
		const { shelf, at, bucket } = await keeper({ sizeLimit: 1000 });
		for (const body of [new Blob([randomBytes(1001)]), new Uint8Array(8_000_000)]) {
			const { error } = await shelf.upload(at('big'), body);
			expect(error).toMatchObject({ message: 'The object exceeded the maximum allowed size', statusCode: '413' });
		}
		expect((await shelf.upload(at('fits'), new Blob([randomBytes(1000)]))).error).toBeNull();
		expect(await sql`select from storage.objects where bucket_id = ${bucket}`).toHaveLength(1);
	});

	test('a type that is not on its list is refused', async () => {
		const { shelf, at } = await keeper({ types: ['image/*', 'application/pdf'] });
		const put = (type: string) => shelf.upload(at(type.replace('/', '.')), new Blob(['x'], { type }));
		expect((await put('image/webp')).error).toBeNull();
		expect((await put('application/pdf')).error).toBeNull();
		expect((await put('text/html')).error).toMatchObject({
			message: 'mime type text/html is not supported',
			statusCode: '415'
		});
	});

	test('a refusal reaches whoever is still in the middle of the file', async () => {
		const { at, bucket, person } = await keeper({ types: ['image/*'] });
		const form = (name: string, more: string, type = '') =>
			`--limit\r\ncontent-disposition: form-data; name="${name}"${more}\r\n${type}\r\n`;
		const begun = `${form('cacheControl', '')}3600\r\n${form('', '; filename="a"', 'content-type: text/html\r\n')}`;
		const body = new ReadableStream<Uint8Array>({
			async start(controller) {
				for (const part of [begun, 'x', '\r\n--limit--\r\n']) {
					controller.enqueue(Buffer.from(part));
					await pause(300);
				}
				controller.close();
			}
		});
		const headers = { 'content-type': 'multipart/form-data; boundary=limit' };
		const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
		const answer = await askStorage(`/object/${bucket}/${at('a.html')}`, { ...init, person });
		expect(await answer.json()).toMatchObject({ statusCode: '415' });
	});
});

describe('names', () => {
	test('that climb, hide or break are no way out of the folder', async () => {
		const { at, bucket, person } = await keeper();
		for (const name of ['../../etc/passwd', 'a\u0000b', 'ä.txt', 'a%b', 'a\\b', 'x'.repeat(1100)]) {
			const path = `/object/${bucket}/${at(encodeURIComponent(name))}`;
			const put = await askStorage(path, { method: 'POST', person, body: 'x' });
			// two dots are a name like any other: no part of any path on the disk
			const harmless = /^[./\w]+$/.test(name) && name.length < 100;
			expect(put.status, name).toBe(harmless ? 200 : 400);
			if (harmless) expect(await (await askStorage(path, { person })).text()).toBe('x');
			else expect(await put.json()).toMatchObject({ error: 'InvalidKey' });
		}
	});

	test('of no bucket, no object and no route are refused in so many words', async () => {
		const { person } = await keeper();
		const missing = await askStorage('/object/test-nowhere/a.txt', { person });
		expect([missing.status, await missing.json()]).toEqual([
			400,
			{ statusCode: '404', code: 'NoSuchBucket', error: 'Bucket not found', message: 'Bucket not found' }
		]);
		expect((await askStorage('/nothing', { person })).status).toBe(404);
		expect((await askStorage('/object/%E0%A4%A', { person })).status).toBe(400);
		expect((await askStorage('/object/sign/x/y', { person, method: 'POST', body: 'no json' })).status).toBe(400);
	});
});

describe('a file and its row', () => {
	test('an upload that breaks off leaves neither', async () => {
		const { at, bucket, person } = await keeper();
		await new Promise<void>((done) => {
			const upload = send(`${env.SUPABASE_URL}/storage/v1/object/${bucket}/${at('half.bin')}`, {
				method: 'POST',
				headers: {
					apikey: env.SUPABASE_PUBLISHABLE_KEY,
					authorization: `Bearer ${person.accessToken}`,
					'content-length': '1000000'
				}
			});
			upload.on('error', () => done());
			upload.write(randomBytes(1000), () => setTimeout(() => upload.destroy(new Error('gone')), 50));
		});
		expect(await sql`select from storage.objects where bucket_id = ${bucket}`).toHaveLength(0);
	});

	test('files that no row names are swept, the others stay', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'cumapp-files-'));
		try {
			const files = fileStore(folder);
			const put = async (text: string) => (await files.receive(bytes(text), 100)).version;
			const [kept, orphan] = [await put('kept'), await put('orphan')];
			const copy = await files.copy(kept);
			expect(await files.sweep(() => Promise.resolve(new Set([kept, copy])))).toBe(1);
			const left = readdirSync(folder, { recursive: true }).filter((name) => String(name).length > 2);
			expect(left).toHaveLength(2);
			expect(await files.open(orphan)).toBeNull();
			await expect(files.open('../../etc/passwd')).rejects.toThrow('not a version');
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	test('a form is cut in any pieces and means the same', async () => {
		const content = randomBytes(5000);
		const form = new FormData();
		form.append('cacheControl', '60');
		form.append('', new Blob([content, '\r\n--not the end\r\n'], { type: 'image/png' }), 'a.png');
		const whole = new Response(form);
		const type = whole.headers.get('content-type')!;
		const raw = Buffer.from(await whole.arrayBuffer());
		for (const size of [1, 2, 7, 64, 1000, raw.length]) {
			const read = await readForm(bytes(raw, size), type);
			expect(read.fields).toEqual({ cacheControl: '60' });
			expect(read.type).toBe('image/png');
			const parts = await collect(read.file);
			expect(parts.subarray(0, 5000).equals(content)).toBe(true);
		}
		const short = await readForm(bytes(raw.subarray(0, 600), 50), type);
		await expect(collect(short.file)).rejects.toThrow('ends too early');
	});
});

/** Text or bytes as a stream of small pieces. */
async function* bytes(content: string | Buffer, size = 3): AsyncGenerator<Uint8Array> {
	const whole = Buffer.from(content);
	for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}
