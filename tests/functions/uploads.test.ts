/** Pictures end to end: put up through Storage by people, looked at by the stack's own worker, served to colleagues. */
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { createApp } from '../../supabase/functions/worker/app.ts';
import { openObjects } from '../../supabase/functions/worker/objects.ts';
import { addMember, createOrganization, createPerson, type Person } from '../support/people.ts';
import { jpegWithPlace, place, png, svg, webp } from '../support/pictures.ts';
import { stack } from '../support/shared-stack.ts';
import { collect, eventually, type Lines } from './doors.ts';

const { env, sql } = stack;

const clientOf = ({ accessToken }: Person) =>
	createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		accessToken: () => Promise.resolve(accessToken),
		db: { schema: 'api' }
	});

/** Puts bytes into somebody's folder. Answers the path, or what Storage refused with. */
async function put(who: Person, bytes: Uint8Array, type: string) {
	const path = `${who.userId}/${crypto.randomUUID()}`;
	const { error } = await clientOf(who).storage.from('avatars').upload(path, bytes, { contentType: type });
	return { path, error };
}

/** Puts a picture up and waits until the worker has decided. */
async function putUp(who: Person, bytes: Uint8Array, type: string) {
	const { path, error } = await put(who, bytes, type);
	expect(error).toBeNull();
	expect((await clientOf(who).rpc('set_avatar', { path })).error).toBeNull();
	const upload = await eventually(
		async () => (await clientOf(who).from('uploads').select('status, reason')).data?.[0],
		(row) => row?.status !== 'pending',
		25
	);
	return { path, upload };
}
const avatarOf = async ({ userId }: Person) =>
	(await sql<{ path: string | null }[]>`select avatar_path as path from public.profiles where id = ${userId}`)[0]!.path;
const objectsOf = async ({ userId }: Person) =>
	(await sql<{ name: string }[]>`select name from storage.objects where name like ${`${userId}/%`}`).map(
		({ name }) => name
	);
/** What somebody reads at a path: its bytes, or null where Storage says that there is nothing. */
async function read(who: Person, path: string): Promise<Buffer | null> {
	const { data } = await clientOf(who).storage.from('avatars').download(path);
	return data ? Buffer.from(await data.arrayBuffer()) : null;
}

async function colleagues() {
	const [mine, colleague, stranger] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	const organization = await createOrganization(sql, { owner: mine });
	await addMember(sql, organization.id, colleague, 'viewer');
	return { mine, colleague, stranger, organization };
}

test('R6.2 a picture is seen by colleagues once the worker has looked at it, until they are none any more', async () => {
	const { mine, colleague, stranger, organization } = await colleagues();
	const unset = await put(mine, webp, 'image/webp');
	expect(await read(mine, unset.path)).toEqual(webp);
	expect(await read(colleague, unset.path)).toBeNull();

	const { path, upload } = await putUp(mine, webp, 'image/webp');
	expect(upload).toEqual({ status: 'ready', reason: null });
	expect(await avatarOf(mine)).toBe(path);
	expect(await read(colleague, path)).toEqual(webp);
	expect(await read(stranger, path)).toBeNull();
	await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${colleague.userId}`;
	expect(await read(colleague, path)).toBeNull();
});

test('R6.2 the next picture takes its place, and the former file is gone', async () => {
	const { mine } = await colleagues();
	const first = await putUp(mine, webp, 'image/webp');
	const second = await putUp(mine, png, 'image/png');
	expect(await avatarOf(mine)).toBe(second.path);
	expect(
		await eventually(
			() => objectsOf(mine),
			(names) => !names.includes(first.path)
		)
	).toEqual([second.path]);
	expect((await clientOf(mine).rpc('remove_avatar')).error).toBeNull();
	expect(await avatarOf(mine)).toBeNull();
	expect(
		await eventually(
			() => objectsOf(mine),
			(names) => names.length === 0
		)
	).toEqual([]);
});

test('R6.2 a photograph loses where and when it was taken before anybody else can read it', async () => {
	const { mine, colleague } = await colleagues();
	const { path, upload } = await putUp(mine, jpegWithPlace, 'image/jpeg');
	expect(upload).toMatchObject({ status: 'ready' });
	const shown = await avatarOf(mine);
	expect(shown).not.toBe(path);
	const bytes = await read(colleague, shown!);
	expect(bytes!.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
	expect(bytes!.includes(place)).toBe(false);
	expect(await read(colleague, path)).toBeNull();
	expect(
		await eventually(
			() => objectsOf(mine),
			(names) => names.length === 1
		)
	).toEqual([shown]);
});

test.each<[string, Uint8Array, string, string]>([
	['an SVG that calls itself a PNG', svg, 'image/png', 'picture_type_unsupported'],
	['a PNG that calls itself a WebP', png, 'image/webp', 'picture_type_unsupported'],
	[
		'a page behind the beginning of a JPEG',
		Buffer.concat([jpegWithPlace.subarray(0, 4), svg]),
		'image/jpeg',
		'picture_unreadable'
	],
	['one that is cut off', png.subarray(0, 60), 'image/png', 'picture_unreadable'],
	['one that is too wide', wide(), 'image/png', 'picture_dimensions']
])('R6.2 %s is refused, says why, and is removed; the former picture stays', async (_, bytes, type, reason) => {
	const { mine, colleague } = await colleagues();
	const good = await putUp(mine, webp, 'image/webp');
	const { path, upload } = await putUp(mine, bytes, type);
	expect(upload).toEqual({ status: 'refused', reason });
	expect(await avatarOf(mine)).toBe(good.path);
	expect(await read(colleague, path)).toBeNull();
	expect(
		await eventually(
			() => objectsOf(mine),
			(names) => !names.includes(path)
		)
	).toEqual([good.path]);
});

test('R6.2 Storage itself takes no SVG and nothing over 2 MB', async () => {
	const { mine } = await colleagues();
	expect((await put(mine, svg, 'image/svg+xml')).error).toMatchObject({ statusCode: '415' });
	const large = new Uint8Array(2 * 1024 * 1024 + 1);
	expect((await put(mine, large, 'image/png')).error).toMatchObject({ statusCode: '413' });
	expect(await objectsOf(mine)).toEqual([]);
});

test('R6.2 while Storage is away a picture waits, and is looked at once it is back', async () => {
	const { mine } = await colleagues();
	const { path } = await put(mine, webp, 'image/webp');
	// the stack's own worker does not see it: this one does, and cannot reach Storage
	const id = await sql.begin(async (tx) => {
		const [row] = await tx<{ id: string }[]>`
			select private.begin_upload('avatars', ${mine.userId}, null, ${path}) as id`;
		// late attempts are far apart, so the next one is not the other worker's either
		await tx`update private.jobs set run_at = 'infinity', attempts = 8 where payload ->> 'upload_id' = ${row!.id}`;
		return row!.id;
	});
	const lines: Lines = [];
	const database = createDatabase(env.EDGE_DATABASE_URL);
	let away = true;
	const [job] = await sql<{ id: string }[]>`select id from private.jobs where payload ->> 'upload_id' = ${id}`;
	const claim = async () =>
		(
			await sql`
				update private.jobs set lease = gen_random_uuid(), leased_until = now() + interval '1 minute', attempts = attempts + 1
				where id = ${job!.id} returning id, kind, payload, attempts, lease`
		)[0];
	const app = createApp({
		env,
		log: collect(lines),
		chance: () => 0.999,
		// one job, ours: everything else on the shared stack is its own worker's
		database: { ...database, claimJobs: async () => [(await claim()) as never].filter(() => waiting-- > 0) },
		fetch: (input, init) => (away ? Promise.reject(new TypeError('fetch failed')) : fetch(input, init))
	});
	let waiting = 1;
	const ring = () =>
		app.request('/worker', { method: 'POST', headers: { authorization: `Bearer ${env.WORKER_SECRET}` } });
	await ring();
	await eventually(
		async () => lines.length,
		(count) => count > 0
	);
	expect(lines[0]!.fields).toMatchObject({ kind: 'check_upload', outcome: 'retry' });
	expect(await avatarOf(mine)).toBeNull();
	[away, waiting] = [false, 1];
	await ring();
	expect(
		await eventually(
			() => avatarOf(mine),
			(shown) => shown !== null
		)
	).toBe(path);
	await database.end();
});

test('Storage with a wrong key is trouble, not a missing file', async () => {
	const objects = openObjects({ url: env.SUPABASE_URL, secretKey: 'sb_secret_wrong', fetch });
	await expect(objects.read({ bucket_id: 'avatars', path: 'a/b' })).rejects.toThrow('reading was answered with');
	const right = openObjects({ url: env.SUPABASE_URL, secretKey: env.SUPABASE_SECRET_KEY, fetch });
	expect(await right.read({ bucket_id: 'avatars', path: 'a/b' })).toBeNull();
	await right.remove({ bucket_id: 'avatars', path: 'a/b' });
});

function wide(): Buffer {
	const bytes = Buffer.from(png);
	bytes.writeUInt32BE(4097, 16);
	return bytes;
}
