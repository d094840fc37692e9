/** What @supabase/storage-js calls, as it calls it, with its default client. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { clientOf, createBucket, keeper } from './shelf.ts';

const { env, sql } = stack;
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

async function bytesOf(answer: PromiseLike<{ data: Blob | null; error: Error | null }>): Promise<Buffer> {
	const { data, error } = await answer;
	if (error) throw error;
	return Buffer.from(await data!.arrayBuffer());
}

describe('uploading', () => {
	test('a file of a form keeps its bytes, type, cache time and metadata', async () => {
		const { shelf, at, bucket } = await keeper();
		const content = new File([randomBytes(300_000), '\r\n--', png], 'cat.png', { type: 'image/png' });
		const put = await shelf.upload(at('cat.png'), content, { cacheControl: '60', metadata: { from: 'handset' } });
		expect(put.error).toBeNull();
		expect(put.data).toEqual({
			id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			path: at('cat.png'),
			fullPath: `${bucket}/${at('cat.png')}`
		});
		expect(await bytesOf(shelf.download(at('cat.png')))).toEqual(Buffer.from(await content.arrayBuffer()));
		const { data } = await shelf.info(at('cat.png'));
		expect(data).toMatchObject({
			id: put.data!.id,
			name: at('cat.png'),
			bucketId: bucket,
			size: content.size,
			contentType: 'image/png',
			cacheControl: 'max-age=60',
			metadata: { from: 'handset' }
		});
	});

	test.each([
		['bytes', () => new Uint8Array(png)],
		['a stream', () => new Blob([png]).stream()],
		['a buffer', () => png],
		[
			'a form of the app’s own',
			() => {
				const form = new FormData();
				form.append('picture', new Blob([png], { type: 'image/png' }), 'x.png');
				return form;
			}
		]
	])('%s are the file', async (_, body) => {
		const { shelf, at } = await keeper();
		const put = await shelf.upload(at('x.png'), body(), { contentType: 'image/png', metadata: { a: 1 } });
		expect(put.error).toBeNull();
		const { data } = await shelf.download(at('x.png'));
		expect(data!.type).toBe('image/png');
		expect(Buffer.from(await data!.arrayBuffer())).toEqual(png);
		expect((await shelf.info(at('x.png'))).data!.metadata).toEqual({ a: 1 });
	});

	test('an empty file is a file', async () => {
		const { shelf, at } = await keeper();
		expect((await shelf.upload(at('empty.txt'), new Blob([]))).error).toBeNull();
		expect(await bytesOf(shelf.download(at('empty.txt')))).toHaveLength(0);
	});

	test('a name that is taken is refused, unless it is to be replaced', async () => {
		const { shelf, at } = await keeper();
		const first = await shelf.upload(at('a.txt'), 'one');
		const again = await shelf.upload(at('a.txt'), 'two');
		expect(again.error).toMatchObject({ message: 'The resource already exists', status: 400, statusCode: '409' });
		expect((await bytesOf(shelf.download(at('a.txt')))).toString()).toBe('one');
		const replaced = await shelf.upload(at('a.txt'), 'three', { upsert: true });
		expect(replaced.data!.id).toBe(first.data!.id);
		expect((await bytesOf(shelf.download(at('a.txt')))).toString()).toBe('three');
	});

	test('an update changes what is there and refuses what is not', async () => {
		const { shelf, at } = await keeper();
		expect((await shelf.update(at('a.txt'), 'one')).error).toMatchObject({ statusCode: '404' });
		await shelf.upload(at('a.txt'), 'one');
		expect((await shelf.update(at('a.txt'), 'two')).error).toBeNull();
		expect((await bytesOf(shelf.download(at('a.txt')))).toString()).toBe('two');
	});

	test('twenty uploads of one name leave one of them, whole', async () => {
		const { shelf, at } = await keeper();
		const wishes = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
		const done = await Promise.all(wishes.map((text) => shelf.upload(at('race.txt'), text, { upsert: true })));
		expect(done.map(({ error }) => error)).toEqual(done.map(() => null));
		expect(wishes).toContain((await bytesOf(shelf.download(at('race.txt')))).toString());
	});
});

describe('what is there', () => {
	test('a list names what is in a folder by its own name, folders first', async () => {
		const { shelf, at, person } = await keeper();
		for (const name of ['b.txt', 'a.txt', 'deep/er/c.txt', 'deep/d.txt', '100(x).txt'])
			await shelf.upload(at(name), name);
		const { data } = await shelf.list(person.userId);
		expect(data!.map(({ name }) => name)).toEqual(['deep', '100(x).txt', 'a.txt', 'b.txt']);
		expect(data![0]).toEqual({
			name: 'deep',
			id: null,
			updated_at: null,
			created_at: null,
			last_accessed_at: null,
			metadata: null
		});
		expect(data![2]).toMatchObject({
			id: expect.any(String),
			metadata: { size: 5, mimetype: 'text/plain;charset=UTF-8' }
		});
		expect((await shelf.list(at('deep'))).data!.map(({ name }) => name)).toEqual(['er', 'd.txt']);
		expect((await shelf.list()).data!.map(({ name }) => name)).toEqual([person.userId]);
		expect((await shelf.list(at('nothing'))).data).toEqual([]);
	});

	test('a list is searched, sorted and paged', async () => {
		const { shelf, at, person } = await keeper();
		for (const name of ['one.txt', 'only.txt', 'two.txt', 'o_e.txt']) await shelf.upload(at(name), name);
		const names = async (options: object) => (await shelf.list(person.userId, options)).data!.map(({ name }) => name);
		expect(await names({ search: 'o_' })).toEqual(['o_e.txt']);
		expect(await names({ search: 'on', offset: 0 })).toEqual(['one.txt', 'only.txt']);
		expect(await names({ sortBy: { column: 'name', order: 'desc' }, limit: 2, offset: 1 })).toEqual([
			'only.txt',
			'one.txt'
		]);
		expect(await names({ sortBy: { column: 'created_at', order: 'asc' } })).toEqual([
			'one.txt',
			'only.txt',
			'two.txt',
			'o_e.txt'
		]);
	});

	test('the newer list gives whole names, a page at a time', async () => {
		const { shelf, at, person } = await keeper();
		for (const name of ['a.txt', 'b/c.txt', 'd.txt']) await shelf.upload(at(name), name);
		const options = { prefix: `${person.userId}/`, with_delimiter: true, limit: 2 };
		const first = (await shelf.listV2(options)).data!;
		expect(first.objects.map(({ name }) => name)).toEqual([at('a.txt')]);
		expect(first.folders.map(({ name }) => name)).toEqual([at('b/')]);
		expect(first.hasNext).toBe(true);
		const second = (await shelf.listV2({ ...options, cursor: first.nextCursor })).data!;
		expect(second).toMatchObject({ hasNext: false, objects: [{ name: at('d.txt') }] });
	});

	test('exists tells what is there from what is not', async () => {
		const { shelf, at } = await keeper();
		await shelf.upload(at('a.txt'), 'a');
		expect((await shelf.exists(at('a.txt'))).data).toBe(true);
		expect((await shelf.exists(at('b.txt'))).data).toBe(false);
		expect((await shelf.info(at('b.txt'))).error).toMatchObject({ message: 'Object not found', statusCode: '404' });
		expect((await shelf.download(at('b.txt'))).error).toMatchObject({ statusCode: '404' });
	});
});

describe('moving and removing', () => {
	test('a move takes the content along and leaves nothing behind', async () => {
		const { shelf, at } = await keeper();
		await shelf.upload(at('a.txt'), 'a');
		await shelf.upload(at('taken.txt'), 'taken');
		expect((await shelf.move(at('a.txt'), at('taken.txt'))).error).toMatchObject({ statusCode: '409' });
		expect(await shelf.move(at('a.txt'), at('b.txt'))).toEqual({
			data: { message: 'Successfully moved' },
			error: null
		});
		expect((await bytesOf(shelf.download(at('b.txt')))).toString()).toBe('a');
		expect((await shelf.exists(at('a.txt'))).data).toBe(false);
		expect((await shelf.move(at('a.txt'), at('c.txt'))).error).toMatchObject({ statusCode: '404' });
	});

	test('a copy lives on when the original goes', async () => {
		const { shelf, at, bucket, client } = await keeper();
		const other = await createBucket();
		await shelf.upload(at('a.txt'), 'a', { metadata: { kept: true } });
		expect((await shelf.copy(at('a.txt'), at('b.txt'))).data).toEqual({ path: `${bucket}/${at('b.txt')}` });
		expect((await shelf.copy(at('a.txt'), at('b.txt'), { destinationBucket: other })).error).toBeNull();
		expect((await shelf.remove([at('a.txt')])).data).toHaveLength(1);
		expect((await bytesOf(shelf.download(at('b.txt')))).toString()).toBe('a');
		expect((await client.storage.from(other).info(at('b.txt'))).data).toMatchObject({
			metadata: { kept: true },
			size: 1
		});
	});

	test('removing answers what was removed, and passes over what was not there', async () => {
		const { shelf, at } = await keeper();
		await shelf.upload(at('a.txt'), 'a');
		const { data } = await shelf.remove([at('a.txt'), at('b.txt')]);
		expect(data!.map(({ name }) => name)).toEqual([at('a.txt')]);
		expect((await shelf.download(at('a.txt'))).error).not.toBeNull();
	});
});

describe('links', () => {
	test('a signed link opens one object to whoever has it, and offers it as a download', async () => {
		const { shelf, at } = await keeper();
		await shelf.upload(at('a b.txt'), 'a', { contentType: 'text/plain' });
		const { data } = await shelf.createSignedUrl(at('a b.txt'), 60);
		const plain = await fetch(data!.signedUrl);
		expect([plain.status, await plain.text()]).toEqual([200, 'a']);
		expect(plain.headers.get('content-disposition')).toBeNull();
		const named = await shelf.createSignedUrl(at('a b.txt'), 60, { download: 'robber.txt' });
		const disposition = (await fetch(named.data!.signedUrl)).headers.get('content-disposition');
		expect(disposition).toBe('attachment; filename="robber.txt"; filename*=UTF-8\'\'robber.txt');
		expect((await shelf.createSignedUrl(at('none.txt'), 60)).error).toMatchObject({ statusCode: '404' });
	});

	test('several links at once say which object has none', async () => {
		const { shelf, at } = await keeper();
		await shelf.upload(at('a.txt'), 'a');
		const { data } = await shelf.createSignedUrls([at('a.txt'), at('b.txt')], 60);
		expect(data![0]).toMatchObject({ error: null, path: at('a.txt') });
		expect(await (await fetch(data![0]!.signedUrl!)).text()).toBe('a');
		expect(data![1]).toMatchObject({ path: at('b.txt'), signedUrl: null, error: expect.stringContaining('not exist') });
	});

	test('a link for an upload lets somebody without an account put one object there, once', async () => {
		const { shelf, at, bucket, person } = await keeper();
		const { data } = await shelf.createSignedUploadUrl(at('sent.png'));
		const guest = clientOf(null).storage.from(bucket);
		const put = await guest.uploadToSignedUrl(data!.path, data!.token, new Blob([png], { type: 'image/png' }));
		expect(put.data).toEqual({ path: at('sent.png'), fullPath: `${bucket}/${at('sent.png')}` });
		expect(await bytesOf(shelf.download(at('sent.png')))).toEqual(png);
		const [row] = await sql`select owner_id from storage.objects where name = ${at('sent.png')}`;
		expect(row!.owner_id).toBe(person.userId);
		expect((await guest.uploadToSignedUrl(data!.path, data!.token, 'again')).error).toMatchObject({
			statusCode: '409'
		});
		expect((await guest.uploadToSignedUrl(at('other.png'), data!.token, 'x')).error).not.toBeNull();
	});

	test('a public bucket is open to whoever knows a name, a private one is not', async () => {
		const open = await keeper({ public: true });
		await open.shelf.upload(open.at('a.txt'), 'a');
		const { publicUrl } = open.shelf.getPublicUrl(open.at('a.txt'), { download: true }).data;
		const answer = await fetch(publicUrl);
		expect([answer.status, await answer.text()]).toEqual([200, 'a']);
		const closed = await keeper();
		await closed.shelf.upload(closed.at('a.txt'), 'a');
		const refused = await fetch(closed.shelf.getPublicUrl(closed.at('a.txt')).data.publicUrl);
		expect(refused.status).toBe(400);
		expect(await refused.json()).toMatchObject({ statusCode: '404', error: 'Bucket not found' });
	});
});

test('buckets are made, changed, emptied and removed with the secret key, and by nobody else', async () => {
	const server = clientOf(null, env.SUPABASE_SECRET_KEY).storage;
	const id = `test-${randomBytes(6).toString('hex')}`;
	expect((await server.createBucket(id, { public: false, fileSizeLimit: '1KB' })).data).toEqual({ name: id });
	expect((await server.createBucket(id)).error).toMatchObject({ statusCode: '409' });
	expect((await server.updateBucket(id, { public: true, allowedMimeTypes: ['image/*'] })).error).toBeNull();
	expect((await server.getBucket(id)).data).toMatchObject({ id, public: true, allowed_mime_types: ['image/*'] });
	expect((await server.listBuckets()).data!.map((bucket) => bucket.id)).toContain(id);
	await server.from(id).upload('x.png', new Blob([png], { type: 'image/png' }));
	expect((await server.deleteBucket(id)).error).toMatchObject({ statusCode: '409' });
	expect((await server.emptyBucket(id)).error).toBeNull();
	expect((await server.deleteBucket(id)).error).toBeNull();
	const { client } = await keeper();
	expect((await client.storage.createBucket(`${id}-2`)).error).toMatchObject({ statusCode: '403' });
	expect((await client.storage.listBuckets()).data).toEqual([]);
});
