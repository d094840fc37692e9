/** The policies on storage.objects decide, with the rights of whoever asks. */
import { describe, expect, test } from 'vitest';
import { createPerson, accessToken } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { askStorage, clientOf, createBucket, keeper } from './shelf.ts';

const { env, sql } = stack;

describe('somebody else’s folder', () => {
	test('is not written to, read, listed, linked, moved, copied or emptied', async () => {
		const { shelf, at, bucket, person } = await keeper();
		await shelf.upload(at('secret.txt'), 'mine');
		const stranger = await createPerson(sql, env);
		for (const client of [clientOf(stranger), clientOf(null)]) {
			const other = client.storage.from(bucket);
			const refused = { status: 400, statusCode: '403' };
			expect((await other.upload(at('planted.txt'), 'x')).error).toMatchObject(refused);
			expect((await other.upload(at('secret.txt'), 'x', { upsert: true })).error).toMatchObject(refused);
			expect((await other.update(at('secret.txt'), 'x')).error).toMatchObject({ statusCode: '404' });
			expect((await other.download(at('secret.txt'))).error).toMatchObject({ statusCode: '404' });
			expect((await other.info(at('secret.txt'))).error).toMatchObject({ statusCode: '404' });
			expect((await other.list(person.userId)).data).toEqual([]);
			expect((await other.createSignedUrl(at('secret.txt'), 60)).error).toMatchObject({ statusCode: '404' });
			expect((await other.createSignedUploadUrl(at('planted.txt'))).error).toMatchObject(refused);
			expect((await other.move(at('secret.txt'), `${stranger.userId}/a.txt`)).error).toMatchObject({
				statusCode: '404'
			});
			expect((await other.copy(at('secret.txt'), `${stranger.userId}/a.txt`)).error).toMatchObject({
				statusCode: '404'
			});
			expect((await other.remove([at('secret.txt')])).data).toEqual([]);
		}
		expect(await (await shelf.download(at('secret.txt'))).data!.text()).toBe('mine');
		const rows = await sql`select name from storage.objects where bucket_id = ${bucket}`;
		expect(rows).toHaveLength(1);
	});

	test('takes nothing that is moved or copied into it', async () => {
		const { shelf, at } = await keeper();
		const stranger = await createPerson(sql, env);
		await shelf.upload(at('a.txt'), 'a');
		const there = `${stranger.userId}/a.txt`;
		expect((await shelf.move(at('a.txt'), there)).error).toMatchObject({ statusCode: '403' });
		expect((await shelf.copy(at('a.txt'), there)).error).toMatchObject({ statusCode: '403' });
		expect((await shelf.exists(at('a.txt'))).data).toBe(true);
	});
});

test('whoever may only add can add, without being able to look or to replace', async () => {
	const bucket = await createBucket();
	const post = clientOf(null).storage.from(bucket);
	expect((await post.upload('post/letter.txt', 'hello')).error).toBeNull();
	expect((await post.download('post/letter.txt')).error).toMatchObject({ statusCode: '404' });
	expect((await post.upload('post/letter.txt', 'again', { upsert: true })).error).toMatchObject({ statusCode: '403' });
	const server = clientOf(null, env.SUPABASE_SECRET_KEY).storage.from(bucket);
	expect(await (await server.download('post/letter.txt')).data!.text()).toBe('hello');
});

test('R1.5 a bad or expired token is refused, not taken for a visitor', async () => {
	const { person, bucket, at } = await keeper();
	const expired = accessToken(env.SUPABASE_JWT_SECRET, person, -1);
	const forged = accessToken('another secret of at least thirty-two bytes', person);
	for (const token of [expired, forged, 'nonsense']) {
		const answer = await askStorage(`/object/${bucket}/${at('a.txt')}`, { person: { accessToken: token } });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ statusCode: '403', error: 'Unauthorized' });
	}
	const guessed = { headers: { apikey: 'sb_secret_guessed' } };
	expect((await askStorage(`/object/${bucket}/${at('a.txt')}`, guessed)).status).toBe(401);
	const linked = { ...guessed, method: 'POST', body: '{"expiresIn":60}' };
	expect((await askStorage(`/object/sign/${bucket}/${at('a.txt')}`, linked)).status).toBe(400);
});

test('SQL cannot delete a row and leave its file behind', async () => {
	const { shelf, at, bucket } = await keeper();
	await shelf.upload(at('a.txt'), 'a');
	await expect(sql`delete from storage.objects where bucket_id = ${bucket}`).rejects.toThrow(/Direct deletion/);
});
