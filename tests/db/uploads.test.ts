import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createOrganization, createPerson, signOut, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';

const { env, sql } = stack;
const refused = { code: '42501' };

/** Puts an object's row there as Storage does for somebody. The bytes are not what this is about, so nothing is ever checked. */
async function put(who: Person, bucket: string, path: string): Promise<string> {
	await as(
		who,
		(tx) => tx`insert into storage.objects (bucket_id, name, owner_id) values (${bucket}, ${path}, ${who.userId})`
	);
	return path;
}
const pathOf = (owner: string) => `${owner}/${crypto.randomUUID()}`;
const seen = (who: Person, path: string) =>
	as(who, async (tx) => (await tx`select from storage.objects where name = ${path}`).length);
const setAvatar = (who: Person, path: string) => as(who, (tx) => tx`select api.set_avatar(${path})`);
const setLogo = (who: Person, organizationId: string, path: string) =>
	as(who, (tx) => tx`select api.set_logo(${organizationId}, ${path})`);
const uploadOf = async (path: string) => (await sql`select * from public.uploads where path = ${path}`)[0];
const finish = (id: string, path: string | null, reason: string | null = null) =>
	edge`select service.finish_upload(${id}, ${path}, ${reason}) as answer`;
/** What the worker is to remove. */
const removals = async (owner: string) =>
	(
		await sql<{ path: string }[]>`
			select payload ->> 'path' as path from private.jobs
			where kind = 'remove_object' and queue_key = ${`upload:${owner}`} order by ordinal`
	).map(({ path }) => path);

/** An avatar that was looked at. No job of it is ever seen by the stack's own worker: it would find no file. */
async function readyAvatar(who: Person): Promise<string> {
	const path = await put(who, 'avatars', pathOf(who.userId));
	return readyAt(who, path);
}
async function readyAt(who: Person, path: string): Promise<string> {
	const id = await sql.begin(async (tx) => {
		const [row] = await tx<
			{ id: string }[]
		>`select private.begin_upload('avatars', ${who.userId}, null, ${path}) as id`;
		await tx`update private.jobs set run_at = 'infinity' where payload ->> 'upload_id' = ${row!.id}`;
		return row!.id;
	});
	await finish(id, path);
	return path;
}

let noor: Person;
let colleague: Person;
let removed: Person;
let stranger: Person;
let organization: { id: string };

beforeAll(async () => {
	[noor, colleague, removed, stranger] = [
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	organization = await createOrganization(sql, { owner: noor, members: [{ person: colleague, role: 'member' }] });
	await addMember(sql, organization.id, removed, 'admin');
	await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${removed.userId}`;
});

describe('R6.2 the folders', () => {
	test('take pictures from whoever they belong to, under names that tell nothing', async () => {
		await put(noor, 'avatars', pathOf(noor.userId));
		await put(noor, 'logos', pathOf(organization.id));
		for (const name of ['me.svg', '../x', `${crypto.randomUUID()}.png`, `a/${crypto.randomUUID()}`, '']) {
			await expect(put(noor, 'avatars', `${noor.userId}/${name}`)).rejects.toMatchObject(refused);
		}
	});

	test('of others are shut: a stranger, a colleague without the right, a removed admin, an ended session', async () => {
		const gone = await createPerson(sql, env);
		await signOut(sql, gone);
		await expect(put(stranger, 'avatars', pathOf(noor.userId))).rejects.toMatchObject(refused);
		await expect(put(gone, 'avatars', pathOf(gone.userId))).rejects.toMatchObject(refused);
		for (const who of [stranger, colleague, removed]) {
			await expect(put(who, 'logos', pathOf(organization.id))).rejects.toMatchObject(refused);
		}
	});

	test('are neither changed nor emptied by anybody, and hold twenty files at most', async () => {
		const who = await createPerson(sql, env);
		const path = await put(who, 'avatars', pathOf(who.userId));
		await as(who, async (tx) => {
			expect((await tx`update storage.objects set name = 'x' where name = ${path} returning 1`).length).toBe(0);
		});
		for (let more = 1; more < 20; more++) await put(who, 'avatars', pathOf(who.userId));
		await expect(put(who, 'avatars', pathOf(who.userId))).rejects.toMatchObject(refused);
	});

	test('are private, small, and for three kinds of pictures: no SVG', async () => {
		const rows = await sql`
			select public, file_size_limit::int as limit, allowed_mime_types as types from storage.buckets
			where id in ('avatars', 'logos')`;
		const bucket = { public: false, limit: 2 * 1024 * 1024, types: ['image/png', 'image/jpeg', 'image/webp'] };
		expect(rows).toEqual([bucket, bucket]);
	});
});

describe('R6.2 until somebody has looked at it, a picture', () => {
	test('is seen by its owner alone; then by colleagues, and by nobody else', async () => {
		const path = await put(noor, 'avatars', pathOf(noor.userId));
		const everyone = async () => Promise.all([noor, colleague, removed, stranger].map((who) => seen(who, path)));
		expect(await everyone()).toEqual([1, 0, 0, 0]);
		await readyAt(noor, path);
		expect(await everyone()).toEqual([1, 1, 0, 0]);
		const session = await createPerson(sql, env);
		await addMember(sql, organization.id, session, 'viewer');
		expect(await seen(session, path)).toBe(1);
		await signOut(sql, session);
		expect(await seen(session, path)).toBe(0);
	});

	test('changes no profile; refused, it says why and is removed', async () => {
		const who = await createPerson(sql, env);
		const path = await put(who, 'avatars', pathOf(who.userId));
		const [{ id } = { id: '' }] = await sql<{ id: string }[]>`
			select private.begin_upload('avatars', ${who.userId}, null, ${path}) as id`;
		const [before] = await sql`select avatar_path from public.profiles where id = ${who.userId}`;
		expect(before!.avatar_path).toBeNull();
		await finish(id, null, 'picture_dimensions');
		const own = await as(who, (tx) => tx`select status, reason from api.uploads`);
		expect(own).toMatchObject([{ status: 'refused', reason: expect.stringMatching(/^picture_/) }]);
		expect(await as(colleague, (tx) => tx`select from api.uploads where user_id = ${who.userId}`)).toHaveLength(0);
		expect(await removals(who.userId)).toContain(path);
	});

	test('must be in one’s own folder, and there', async () => {
		const theirs = await readyAvatar(noor);
		for (const path of [theirs, pathOf(stranger.userId), pathOf(noor.userId), 'nonsense']) {
			await expect(setAvatar(stranger, path)).rejects.toMatchObject({ code: 'PT404', message: 'picture_missing' });
		}
	});
});

describe('R6.2 a new picture', () => {
	test('takes the former one’s place, which is removed; one that still waits is given up', async () => {
		const who = await createPerson(sql, env);
		const first = await readyAvatar(who);
		const waiting = await put(who, 'avatars', pathOf(who.userId));
		await sql`select private.begin_upload('avatars', ${who.userId}, null, ${waiting})`;
		const late = await uploadOf(waiting);
		const second = await readyAvatar(who);
		if (late?.status === 'pending') {
			// a check that ends late changes nothing
			const [answer] = await finish(late.id as string, waiting);
			expect(answer).toEqual({ answer: { outcome: 'unchanged' } });
		}
		const [profile] = await sql`select avatar_path from public.profiles where id = ${who.userId}`;
		expect(profile!.avatar_path).toBe(second);
		expect(await removals(who.userId)).toEqual(expect.arrayContaining([first, waiting]));
		expect(await removals(who.userId)).not.toContain(second);
	});

	test('that had to be cleaned is shown from where the clean one lies', async () => {
		const who = await createPerson(sql, env);
		const raw = await put(who, 'avatars', pathOf(who.userId));
		const clean = pathOf(who.userId);
		await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${clean})`;
		const id = await sql.begin(async (tx) => {
			const [row] = await tx<
				{ id: string }[]
			>`select private.begin_upload('avatars', ${who.userId}, null, ${raw}) as id`;
			await tx`update private.jobs set run_at = 'infinity' where payload ->> 'upload_id' = ${row!.id}`;
			return row!.id;
		});
		await finish(id, clean);
		const [profile] = await sql`select avatar_path from public.profiles where id = ${who.userId}`;
		expect(profile!.avatar_path).toBe(clean);
		expect(await removals(who.userId)).toEqual([raw]);
	});

	test('is taken away by its person', async () => {
		const who = await createPerson(sql, env);
		const path = await readyAvatar(who);
		await as(who, (tx) => tx`select api.remove_avatar()`);
		const [profile] = await sql`select avatar_path from public.profiles where id = ${who.userId}`;
		expect(profile!.avatar_path).toBeNull();
		expect(await removals(who.userId)).toEqual([path]);
	});

	test('whose check is given up says so', async () => {
		const who = await createPerson(sql, env);
		const path = await put(who, 'avatars', pathOf(who.userId));
		await sql.begin(async (tx) => {
			const [row] = await tx`select private.begin_upload('avatars', ${who.userId}, null, ${path}) as id`;
			await tx`update private.jobs set parked_at = now() where payload ->> 'upload_id' = ${row!.id}`;
		});
		expect(await uploadOf(path)).toMatchObject({ status: 'refused', reason: 'picture_unchecked' });
	});
});

describe('R2 an organization’s logo', () => {
	test('is set by those whose role allows it, and stands in its book under their name', async () => {
		const path = await put(noor, 'logos', pathOf(organization.id));
		for (const who of [colleague]) {
			await expect(setLogo(who, organization.id, path)).rejects.toMatchObject({ message: 'not_allowed' });
		}
		for (const who of [removed, stranger]) {
			await expect(setLogo(who, organization.id, path)).rejects.toMatchObject({ message: 'not_found' });
		}
		expect(await Promise.all([noor, colleague, stranger].map((who) => seen(who, path)))).toEqual([1, 0, 0]);
		const id = await sql.begin(async (tx) => {
			const [row] = await tx<{ id: string }[]>`
				select private.begin_upload('logos', ${noor.userId}, ${organization.id}, ${path}) as id`;
			await tx`update private.jobs set run_at = 'infinity' where payload ->> 'upload_id' = ${row!.id}`;
			return row!.id;
		});
		await finish(id, path);
		const everyone = [noor, colleague, removed, stranger];
		expect(await Promise.all(everyone.map((who) => seen(who, path)))).toEqual([1, 1, 0, 0]);
		await expect(as(colleague, (tx) => tx`select api.remove_logo(${organization.id})`)).rejects.toMatchObject({
			message: 'not_allowed'
		});
		await as(noor, (tx) => tx`select api.remove_logo(${organization.id})`);
		const lines = await sql`
			select actor_id, before ->> 'logo_path' as before, after ->> 'logo_path' as after from public.audit_log
			where organization_id = ${organization.id} and verb = 'logo.changed' order by id`;
		expect(lines).toEqual([
			{ actor_id: noor.userId, before: null, after: path },
			{ actor_id: noor.userId, before: path, after: null }
		]);
	});
});

test('R6.2 what was put up and never set is swept away after an hour, and nothing else', async () => {
	const who = await createPerson(sql, env);
	const shown = await readyAvatar(who);
	const [forgotten, fresh] = [pathOf(who.userId), await put(who, 'avatars', pathOf(who.userId))];
	await put(who, 'avatars', forgotten);
	await sql`
		update storage.objects set created_at = now() - interval '61 minutes' where name in (${forgotten}, ${shown})`;
	await sql`select private.sweep_uploads()`;
	const swept = await removals(who.userId);
	expect(swept).toContain(forgotten);
	expect(swept).not.toContain(fresh);
	expect(swept).not.toContain(shown);
});
