/** Verifications as files: streamed by the developer API, or written to Storage by the worker. */
import { createClient } from '@supabase/supabase-js';
import { parse as readCsv } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportRow } from '#core/verification-export.ts';
import { createDatabase, type Job } from '../../supabase/functions/_shared/database.ts';
import { exportVerifications } from '../../supabase/functions/worker/export-verifications.ts';
import { objectsOf } from '../../supabase/functions/worker/objects.ts';
import { addMember, createNumber, createOrganization, createPerson, signOut, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openApi, type Problem } from './api-door.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
const database = createDatabase(env.EDGE_DATABASE_URL);
const objects = objectsOf(env, fetch);
afterAll(() => Promise.all([api.end(), database.end()]));

type Scene = Awaited<ReturnType<typeof scene>>;

/** An owner, who sees every code, a member, who sees their own, and a number each: one open, one for the owner alone. */
async function scene() {
	const [owner, member, stranger] = [
		await createPerson(sql, env, { fullName: '=cmd|calc' }),
		await createPerson(sql, env),
		await createPerson(sql, env)
	];
	const { id, slug } = await createOrganization(sql, { owner });
	await addMember(sql, id, member, 'member');
	const open = await createNumber(sql, null, { organizationId: id });
	const shut = await createNumber(sql, null, { organizationId: id, grants: [{ userId: owner.userId }] });
	return { id, slug, owner, member, stranger, open, shut };
}

/** So many completed requests of somebody, a minute apart, the newest a minute ago, or so many minutes ahead. */
async function fill(
	where: Scene,
	by: Person,
	count: number,
	number = where.open,
	service = 'Google',
	ahead = 0
): Promise<string[]> {
	const rows = await sql.begin(async (tx) => {
		// without triggers: nobody listens
		await tx`set local session_replication_role = replica`;
		return tx<{ id: string }[]>`
		insert into public.verifications (id, organization_id, phone_number_id, service_name, requested_by, ttl_seconds,
			idempotency_key, status, expires_at, code, final_code, code_count, note, created_at)
		select overlay(private.first_id_at(t.at)::text placing right(gen_random_uuid()::text, 12) from 25)::uuid, ${where.id},
			${number.id}, ${service}, ${by.userId}, 600, gen_random_uuid(), 'completed', t.at, '0' || n, '0' || n, 1, '-1 "quoted"' || chr(10) || 'and so on', t.at
		from generate_series(1, ${count}::integer) n
		cross join lateral (select now() - make_interval(mins => n - ${ahead}, secs => random()) as at) t
		returning id`;
	});
	return rows
		.map(({ id }) => id)
		.sort()
		.reverse();
}

const csv = (text: string): Record<string, string>[] => readCsv(text, { bom: true, columns: true });
const hide = async ({ id }: Scene, roles: string[]) => sql`
	update public.organizations set code_roles = ${roles}::public.membership_role[] where id = ${id}`;
const file = async (path: string, { accessToken }: Person) =>
	api.app.request(`/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
const query = (where: Scene, more = '') => `/verifications/export?organization_id=${where.id}${more}`;

describe('R5.7 streamed', () => {
	let where: Scene;
	let ids: string[];
	beforeAll(async () => {
		where = await scene();
		ids = await fill(where, where.owner, 1203);
		ids = [...(await fill(where, where.member, 1)), ...ids].sort().reverse();
		await fill(where, where.owner, 2, where.shut, 'Slack');
	});

	test('a file holds what its reader may see, in all three formats, and is a line in the book', async () => {
		const [asCsv, asJson, asLines] = [
			await file(query(where, '&service=Google'), where.owner),
			await file(query(where, '&service=Google&format=json'), where.owner),
			await file(query(where, '&service=Google&format=jsonl'), where.owner)
		];
		expect(asCsv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
		expect(asCsv.headers.get('content-disposition')).toMatch(
			new RegExp(`^attachment; filename="verifications-${where.slug}-[\\d-]{10}\\.csv"$`)
		);
		const rows = csv(await asCsv.text());
		expect(rows.map(({ id }) => id)).toEqual(ids);
		expect(((await asJson.json()) as ExportRow[]).map(({ id }) => id)).toEqual(ids);
		const lines = (await asLines.text()).trimEnd().split('\n');
		expect(lines.map((line) => (JSON.parse(line) as ExportRow).id)).toEqual(ids);
		expect(rows[5]).toMatchObject({
			number: where.open.e164,
			requested_by_name: "'=cmd|calc",
			note: `'-1 "quoted"\nand so on`,
			codes_hidden: 'false'
		});
		const book = await sql`
			select after from public.audit_log where organization_id = ${where.id} and verb = 'verification.exported'`;
		expect(book).toEqual(Array(3).fill({ after: { codes: true, service: 'Google' } }));
	});

	test('codes and numbers of others are left out for those who may not see them; times follow the reader', async () => {
		await sql`update public.profiles set time_zone = 'Asia/Kolkata' where id = ${where.member.userId}`;
		const asJson = await file(query(where, '&format=json'), where.member);
		const rows = (await asJson.json()) as ExportRow[];
		expect(rows.map(({ id }) => id)).toEqual(ids);
		const shown = rows.filter(({ code, final_code }) => code !== null || final_code !== null);
		expect(shown).toMatchObject([{ requested_by: where.member.username, code: '01', codes_hidden: false }]);
		expect(rows.filter(({ codes_hidden }) => codes_hidden)).toHaveLength(1203);
		for (const row of rows.slice(0, 3)) {
			const local = new Date(Date.parse(row.requested_at) + 5.5 * 3_600_000).toISOString();
			expect(row.requested_at_local).toBe(local.slice(0, 19).replace('T', ' '));
			expect(row.time_zone).toBe('Asia/Kolkata');
		}
	});

	test('the filter counts', async () => {
		const of = async (filter: string) =>
			((await (await file(query(where, `&format=json${filter}`), where.owner)).json()) as ExportRow[]).length;
		expect(await of('&service=Slack')).toBe(2);
		expect(await of(`&person=${where.member.userId}`)).toBe(1);
		expect(await of(`&number=${where.shut.id}`)).toBe(2);
		expect(await of('&status=expired&status=waiting')).toBe(0);
		expect(await of('&status=completed&range=24h')).toBe(1206);
		expect(await of('&to=2020-01-01')).toBe(0);
	});

	test('nobody else gets anything, and too much is not begun', async () => {
		const refused = async (by: Person | null, more = '', place = where) => {
			const { status, body } = await api.get<Problem>(query(place, more), by);
			return [status, body.code];
		};
		expect(await refused(where.stranger)).toEqual([404, 'not_found']);
		expect(await refused(null)).toEqual([401, 'unauthorized']);
		expect(await refused(where.owner, '&format=xlsx')).toEqual([400, 'malformed']);
		const gone = await createPerson(sql, env);
		await addMember(sql, where.id, gone, 'viewer');
		await signOut(sql, gone);
		expect(await refused(gone)).toEqual([401, 'session_ended']);
		const large = await scene();
		await fill(large, large.owner, 20_001);
		expect(await refused(large.owner, '', large)).toEqual([409, 'export_too_large']);
	});

	test('whoever is removed on the way gets no whole file', async () => {
		const leaving = await createPerson(sql, env);
		await addMember(sql, where.id, leaving, 'admin');
		const begun = await file(query(where), leaving);
		await sql`delete from public.memberships where user_id = ${leaving.userId} and organization_id = ${where.id}`;
		await expect(begun.text()).rejects.toThrow();
	});
});

describe('R5.7 written in parts', () => {
	const clientOf = ({ accessToken }: Person) =>
		createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
			accessToken: () => Promise.resolve(accessToken),
			db: { schema: 'api' }
		});

	/** An export that nobody works on yet, and the job of its first part. */
	async function begin(where: Scene, by: Person, count: number, format = 'csv') {
		const [asked] = await sql<{ id: string }[]>`
			insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id)
			values (${where.id}, ${by.userId}, ${format}, '{}', ${count}, private.uuid_v7()) returning id`;
		const { id } = asked!;
		const job = (part: number, attempts = 1): Job => ({
			id: crypto.randomUUID(),
			lease: crypto.randomUUID(),
			request_id: null,
			kind: 'export_verifications',
			attempts,
			payload: { export_id: id, part, path: `${where.id}/${id}/${part}` }
		});
		return { id, job };
	}
	const sizes = { part: 4, page: 3 };
	const run = (job: Job, more: object = {}) => exportVerifications(job, { database, objects, sizes, ...more });
	/** Only ours: the worker of the stack goes on with what follows at once. */
	const alone = (): typeof database => ({ ...database });
	const files = async (id: string) =>
		(
			await sql<
				{ name: string }[]
			>`select name from storage.objects where bucket_id = 'exports' and name like ${`%/${id}/%`}`
		)
			.map(({ name }) => name.split('/').at(-1)!)
			.sort();
	const finished = (by: Person, id: string) =>
		eventually(
			async () => (await clientOf(by).from('verification_exports').select('*').eq('id', id)).data?.[0],
			(row) => Boolean(row?.finished_at),
			40
		);
	async function textsOf(by: Person, id: string): Promise<string[]> {
		const client = clientOf(by);
		const { data } = await client
			.from('verification_export_parts')
			.select('part, path')
			.eq('export_id', id)
			.order('part');
		const found = (data ?? []) as { path: string }[];
		return Promise.all(
			found.map(async ({ path }) => {
				const { data: link } = await client.storage.from('exports').createSignedUrl(path, 60);
				return (await fetch(link!.signedUrl)).text();
			})
		);
	}

	test('more than can be streamed is asked for, written by the worker, told of and fetched', async () => {
		const where = await scene();
		const ids = await fill(where, where.owner, 7);
		const client = clientOf(where.owner);
		const ask = () => client.rpc('request_verification_export', { organization_id: where.id, format: 'jsonl' });
		const { data: id } = (await ask()) as { data: string };
		expect(await finished(where.owner, id)).toMatchObject({ total_rows: 7, written_rows: 7, written_parts: 1 });
		const [text] = await textsOf(where.owner, id);
		expect(
			text!
				.trimEnd()
				.split('\n')
				.map((line) => (JSON.parse(line) as ExportRow).id)
		).toEqual(ids);
		const { data: told } = await client.from('notifications').select('kind, export_id');
		expect(told).toEqual([{ kind: 'export', export_id: id }]);
		// nobody else has any of it
		for (const other of [where.member, where.stranger]) {
			const theirs = clientOf(other);
			expect((await theirs.from('verification_exports').select('id')).data).toEqual([]);
			expect((await theirs.from('verification_export_parts').select('part')).data).toEqual([]);
			const path = `${where.id}/${id}/1-1`;
			expect((await theirs.storage.from('exports').createSignedUrl(path, 60)).data).toBeNull();
			expect((await theirs.storage.from('exports').download(path)).data).toBeNull();
		}
		// its time comes: the worker takes the file away
		await sql`update public.verification_exports set expires_at = now() where id = ${id}`;
		expect((await client.from('verification_export_parts').select('part')).data).toEqual([]);
		await sql`select private.expire_verification_exports()`;
		expect(
			await eventually(
				() => files(id),
				(names) => names.length === 0
			)
		).toEqual([]);
	});

	test('a worker that dies between writing and telling is replaced; no row is lost or doubled', async () => {
		const where = await scene();
		const ids = await fill(where, where.owner, 11);
		const { id, job } = await begin(where, where.owner, 11);
		const dies = { ...alone(), keepVerificationExportPart: () => Promise.reject(new Error('killed')) };
		await expect(run(job(1), { database: dies })).rejects.toThrow('killed');
		expect(await files(id)).toEqual(['1-1']);
		expect(await textsOf(where.owner, id)).toEqual([]);
		// asked for meanwhile: not in it
		await fill(where, where.owner, 1, where.shut, 'Google', 10);
		expect(await run(job(1, 2))).toEqual({ outcome: 'kept' });
		// its end was not told: the next attempt leaves what was kept
		expect(await run(job(1, 3))).toEqual({ outcome: 'duplicate' });
		expect(await finished(where.owner, id)).toMatchObject({ written_rows: 11, written_parts: 2 });
		expect(await files(id)).toEqual(['1-2', '2-1']);
		const texts = await textsOf(where.owner, id);
		expect(texts.flatMap(csv).map((row) => row.id)).toEqual(ids);
		expect(texts.map((text) => csv(text).length)).toEqual([4, 7]);
	});

	test('two workers at the same part keep one file', async () => {
		const where = await scene();
		const ids = await fill(where, where.owner, 9);
		const { id, job } = await begin(where, where.owner, 9, 'json');
		const outcomes = await Promise.all([run(job(1)), run(job(1, 2))]);
		expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['duplicate', 'kept']);
		await finished(where.owner, id);
		expect(
			await eventually(
				() => files(id),
				(names) => names.length === 2
			)
		).toHaveLength(2);
		const rows = (await textsOf(where.owner, id)).flatMap((text) => JSON.parse(text) as ExportRow[]);
		expect(rows.map((row) => row.id)).toEqual(ids);
	});

	test('whoever is removed loses the export and its files, also one that is being written', async () => {
		const where = await scene();
		await fill(where, where.owner, 9);
		const { id, job } = await begin(where, where.member, 9);
		const removal = async () =>
			sql`delete from public.memberships where user_id = ${where.member.userId} and organization_id = ${where.id}`;
		const late: typeof database = {
			...database,
			async keepVerificationExportPart(written) {
				await removal();
				return database.keepVerificationExportPart(written);
			}
		};
		expect(await run(job(1), { database: late })).toEqual({ outcome: 'gone' });
		expect(await files(id)).toEqual([]);
		await addMember(sql, where.id, where.member, 'member');
		const again = await begin(where, where.member, 9);
		expect(await run(again.job(1))).toEqual({ outcome: 'kept' });
		await removal();
		expect(await run(again.job(2))).toEqual({ outcome: 'gone' });
		expect(
			await eventually(
				() => files(again.id),
				(names) => names.length === 0
			)
		).toEqual([]);
	});

	test('what its reader may see is asked anew for every page, and for files that are there', async () => {
		const where = await scene();
		await hide(where, ['owner', 'member']);
		await fill(where, where.owner, 9);
		const { id, job } = await begin(where, where.member, 9, 'json');
		// after the first page the member may see codes no more
		let pages = 0;
		const changes: typeof database = {
			...database,
			async verificationExportPage(wanted) {
				if (++pages === 2) await hide(where, ['owner']);
				return database.verificationExportPage(wanted);
			}
		};
		expect(await run(job(1), { database: changes })).toEqual({ outcome: 'kept' });
		await finished(where.member, id);
		// the first part has codes in it that they may see no more
		const rest = (await textsOf(where.member, id)).flatMap((text) => JSON.parse(text) as ExportRow[]);
		expect(rest).toHaveLength(5);
		expect(rest.every(({ code, codes_hidden }) => code === null && codes_hidden)).toBe(true);
		await hide(where, ['owner', 'member']);
		const all = (await textsOf(where.member, id)).flatMap((text) => JSON.parse(text) as ExportRow[]);
		expect(all.map(({ code }) => code !== null)).toEqual([...Array(3).fill(true), ...Array(6).fill(false)]);
		// a number that is shut to them takes its files along
		await sql`update public.phone_numbers set restricted_at = now() where id = ${where.open.id}`;
		expect(await textsOf(where.member, id)).toEqual([]);
	});

	test('a double click is one export, and nobody has more than three written at once', async () => {
		const where = await scene();
		const client = clientOf(where.owner);
		const slow = (status: string) =>
			sql`
				insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id)
				values (${where.id}, ${where.owner.userId}, 'csv', ${sql.json({ status: [status] })}, 9, private.uuid_v7())
				returning id`;
		const [first] = await slow('waiting');
		const ask = (filters: object) =>
			client.rpc('request_verification_export', { organization_id: where.id, format: 'csv', filters });
		expect((await ask({ status: ['waiting'], service: null })).data).toBe(first!.id);
		await slow('expired');
		await slow('cancelled');
		expect((await ask({})).error).toMatchObject({ message: 'exports_too_many' });
		expect((await ask({ status: ['nonsense'] })).error).toMatchObject({ message: 'malformed' });
		expect((await client.rpc('remove_verification_export', { export_id: first!.id as string })).error).toBeNull();
		expect((await ask({ service: 'Google' })).error).toBeNull();
	});
});
