import { expect, test, vi } from 'vitest';
import { createDatabase } from '#lib/server/database.ts';
import * as uploads from '#lib/server/uploads.ts';
import { png, svg } from '../support/pictures.ts';
import { cookieOf, jar, supabase } from './support.ts';

const owner = '0198c3de-0000-7000-8000-000000000001';
const name = '0198c3de-0000-4000-8000-000000000002';
const address = { bucket: 'avatars', owner, name };
const database = () => createDatabase(jar(cookieOf('own', 3600)), false);
const mine = { bucket: 'avatars', personId: owner } as const;
const fileOf = (bytes: Uint8Array<ArrayBuffer>, type: string) => new File([bytes], 'me', { type });

/** Storage answers everything with this. */
function storage(status: number, headers: Record<string, string> = {}) {
	const asked: Request[] = [];
	vi.stubGlobal('fetch', async (input: RequestInfo | URL, init: RequestInit = {}) => {
		asked.push(new Request(String(input), { headers: init.headers }));
		return new Response(status === 304 ? null : 'bytes', { status, headers });
	});
	return asked;
}

test('R6.2 a file that is clearly no picture is refused before it goes anywhere', async () => {
	const asked = supabase({});
	const refusal = (file: File) => uploads.putUp(database(), mine, file).catch((cause: { slug: string }) => cause.slug);
	expect(await refusal(fileOf(new Uint8Array(svg), 'image/png'))).toBe('picture_type_unsupported');
	expect(await refusal(fileOf(new Uint8Array(2 * 1024 * 1024 + 1), 'image/png'))).toBe('picture_too_large');
	expect(asked).toEqual([]);
});

const awake = { status: 204, body: null };

test('R6.2 a picture goes into the person’s own folder under a name of chance, and is then set', async () => {
	const asked = supabase({
		'/rpc/require_awake': awake,
		'/storage/v1/object/avatars/': { body: {} },
		'/rpc/set_avatar': { status: 204, body: null }
	});
	await uploads.putUp(database(), mine, fileOf(new Uint8Array(png), 'text/plain'));
	const [, put, set] = asked;
	const path = put!.path.replace('/storage/v1/object/avatars/', '');
	expect(path).toMatch(new RegExp(`^${owner}/[0-9a-f-]{36}$`));
	// what the bytes say counts, not what the browser calls them
	expect(put!.headers.get('content-type')).toBe('image/png');
	expect(set!.body).toEqual({ path });
});

test.each([
	['413', 'picture_too_large'],
	['415', 'picture_type_unsupported'],
	['403', 'not_allowed']
])('what Storage refuses with %s is said in our words', async (statusCode, slug) => {
	supabase({
		'/rpc/require_awake': awake,
		'/storage/v1/object/': { status: 400, body: { statusCode, error: 'x', message: 'x' } }
	});
	await expect(uploads.putUp(database(), mine, fileOf(new Uint8Array(png), 'image/png'))).rejects.toMatchObject({
		slug
	});
});

test('R1.5 R6.2 a picture is read with the person’s own token', async () => {
	const asked = storage(200, { 'content-type': 'image/webp', etag: '"v"' });
	const answer = await uploads.open(database(), address, '"old"');
	expect(await answer?.text()).toBe('bytes');
	expect(asked[0]!.url).toContain(`/storage/v1/object/authenticated/avatars/${owner}/${name}`);
	expect(asked[0]!.headers.get('authorization')).toMatch(/\.own$/);
	expect(asked[0]!.headers.get('if-none-match')).toBe('"old"');
});

test('R6.2 an unchanged one is not sent again, and what is no picture never', async () => {
	storage(304);
	expect((await uploads.open(database(), address, '"v"'))?.status).toBe(304);
	for (const type of ['text/html', 'image/svg+xml', '']) {
		storage(200, { 'content-type': type });
		expect(await uploads.open(database(), address, null)).toBeNull();
	}
	storage(400, { 'content-type': 'application/json' });
	expect(await uploads.open(database(), address, null)).toBeNull();
	storage(502);
	await expect(uploads.open(database(), address, null)).rejects.toMatchObject({ slug: 'unavailable' });
});

test('R1.5 without a session, or with a path that cannot be one, Storage is not even asked', async () => {
	const asked = storage(200);
	await expect(uploads.open(createDatabase(jar(), false), address, null)).rejects.toMatchObject({
		slug: 'session_ended'
	});
	for (const wrong of [{ bucket: 'other' }, { owner: '..' }, { name: `${name}/../x` }]) {
		expect(await uploads.open(database(), { ...address, ...wrong }, null)).toBeNull();
	}
	expect(asked).toEqual([]);
});

test('R6.2 a form without a file, or beyond all limits, says so', async () => {
	const empty = new Request('http://x', { method: 'POST', body: new FormData() });
	await expect(uploads.pictureIn(empty)).rejects.toMatchObject({ slug: 'picture_missing' });
	const broken = new Request('http://x', {
		method: 'POST',
		body: 'x',
		headers: { 'content-type': 'multipart/form-data' }
	});
	await expect(uploads.pictureIn(broken)).rejects.toMatchObject({ slug: 'picture_too_large' });
});

test('R6.2 what came of a picture: one that became ready after the page was read still waits for it', async () => {
	const latest = (row: object | null) => {
		supabase({ '/uploads': { body: row ? [{ reason: null, checked_at: new Date().toISOString(), ...row }] : [] } });
		return uploads.latest(database(), null, `${owner}/${name}`);
	};
	expect(await latest(null)).toBeNull();
	expect(await latest({ status: 'pending', path: 'x' })).toEqual({ status: 'pending' });
	expect(await latest({ status: 'ready', path: `${owner}/${name}` })).toEqual({ status: 'ready' });
	expect(await latest({ status: 'ready', path: 'x' })).toEqual({ status: 'pending' });
	const refused = { status: 'refused', path: 'x', reason: 'picture_dimensions' };
	expect(await latest(refused)).toMatchObject({ status: 'refused', says: expect.stringContaining('4,096 pixels') });
	expect(await latest({ ...refused, checked_at: '2020-01-01T00:00:00Z' })).toBeNull();
});
