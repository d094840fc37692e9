import { beforeAll, describe, expect, test } from 'vitest';
import { verbs as words } from '#lib/audit/verbs.ts';
import { stack } from '../support/shared-stack.ts';
import type { Person } from '../support/people.ts';
import { as, edge } from './acting.ts';
import { bookOf, company, freshPerson, growStale, verbs } from './company.ts';

const { sql } = stack;
const linesPerBook = 10_000;

type Line = { id: string; verb: string; actor_id: string | null; address: string | null; created_at: Date };
type Filters = { actor?: string; verb?: string; since?: Date; until?: Date; before?: string; batch?: number };

const exported = (by: Person, organizationId: string, filters: Filters = {}) => {
	const { actor = null, verb = null, since = null, until = null, before = null, batch = 500 } = filters;
	return as(
		by,
		(tx) => tx<Line[]>`
			select * from api.export_audit_log(${organizationId}, ${actor}, ${verb}, ${since}, ${until}, ${before}, ${batch})`
	);
};

/** Lines of a year, one after the other, by these people in turn (null: the platform). */
async function fill(organizationId: string, actors: (string | null)[], count: number): Promise<void> {
	await sql`
		insert into public.audit_log (id, organization_id, actor_kind, actor_id, verb, object_kind, object_id, created_at)
		select overlay(private.first_id_at(t.at)::text placing right(gen_random_uuid()::text, 12) from 25)::uuid, ${organizationId},
			case when a.id is null then 'platform' else 'person' end, a.id,
			case when n % 100 = 0 then 'role.changed' else 'invitation.resent' end, 'member', a.id, t.at
		from generate_series(1, ${count}::integer) n
		cross join lateral (select now() - make_interval(hours => n) as at) t
		cross join lateral (select (${actors}::uuid[])[1 + n % ${actors.length}::integer] as id) a`;
}

test('every deed that the database writes down has words', async () => {
	const functions = await sql<{ name: string; prosrc: string }[]>`
		select proname as name, prosrc from pg_proc where pronamespace::regnamespace::text = 'private'`;
	const sources = new Map(functions.map(({ name, prosrc }) => [name, prosrc]));
	// whoever writes a line, or has one written by a function that is told the verb
	const writers = new Set(['audit']);
	for (let before = 0; before < writers.size;) {
		before = writers.size;
		for (const [name, source] of sources) {
			const calls = [...writers].flatMap((writer) => callsOf(writer, source));
			if (calls.some((call) => call.includes(`${name}.verb`))) writers.add(name);
		}
	}
	const told = new Set<string>();
	const silent: string[] = [];
	for (const [name, source] of sources) {
		for (const call of [...writers].flatMap((writer) => callsOf(writer, source))) {
			const verb = /'([a-z_]+\.[a-z_]+)'/.exec(call)?.[1];
			if (verb) told.add(verb);
			else if (!writers.has(name)) silent.push(`${name}: ${call}`);
		}
		if (/insert into public\.audit_log\b/.test(source) && name !== 'audit') {
			const verb = /values[^;]*'([a-z_]+\.[a-z_]+)'/.exec(source)?.[1];
			if (verb) told.add(verb);
			else silent.push(name);
		}
	}
	expect(silent).toEqual([]);
	expect([...told].filter((verb) => !(verb in words))).toEqual([]);
	expect(told.size).toBeGreaterThan(15);
});

function callsOf(name: string, source: string): string[] {
	return [...source.matchAll(new RegExp(`private\\.${name}\\(([^;]*);`, 'g'))].map(([, call]) => call ?? '');
}

describe('the book is only ever added to', () => {
	let id: string;
	beforeAll(async () => {
		const at = await company();
		id = at.id;
		await verbs(id).offer(at.owner, at.member);
	});

	const doers = ['postgres', 'service_role', 'authenticated', 'anon', 'edge', 'a superuser'];
	for (const doer of doers) {
		for (const [deed, statement] of Object.entries({
			change: (id: string) => `update public.audit_log set verb = 'nothing.happened' where id = '${id}'`,
			delete: (id: string) => `delete from public.audit_log where id = '${id}'`,
			empty: () => 'truncate public.audit_log cascade'
		})) {
			test(`${doer} cannot ${deed} it`, async () => {
				const [line] = await sql<{ id: string }[]>`select id from public.audit_log where organization_id = ${id}`;
				const attempt = sql.begin(async (tx) => {
					if (doer !== 'a superuser') await tx.unsafe(`set local role ${doer}`);
					// what would let a superuser's changes pass other triggers
					else await tx`set local session_replication_role = replica`;
					await tx.unsafe(statement(line!.id));
				});
				await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^(0A000|42501)$/) });
				expect((await bookOf(id)).map(({ verb }) => verb)).toEqual(['ownership.offered']);
			});
		}
	}

	test('the refusal of whoever owns the table comes from the table itself', async () => {
		await expect(sql`truncate public.audit_log`).rejects.toMatchObject({ code: '0A000' });
		await expect(sql`delete from public.audit_log`).rejects.toMatchObject({
			code: '0A000',
			message: expect.stringContaining('rows are only ever added here')
		});
	});
});

test('owners and admins read their organization’s lines; members, viewers and strangers read none', async () => {
	const { id, owner, admin, member, viewer, stranger } = await company();
	await verbs(id).changeRole(owner, viewer, 'member');
	const reads = (person: Person) =>
		as(person, (tx) => tx<{ verb: string }[]>`select verb from api.audit_log where organization_id = ${id}`);
	for (const person of [owner, admin]) expect(await reads(person)).toEqual([{ verb: 'role.changed' }]);
	for (const person of [member, viewer, stranger]) expect(await reads(person)).toEqual([]);
	await expect(exported(member, id)).rejects.toMatchObject({ code: 'PT403', message: 'not_allowed' });
	await expect(exported(stranger, id)).rejects.toMatchObject({ code: 'PT404', message: 'not_found' });
	for (const person of [member, stranger]) {
		await expect(as(person, (tx) => tx`select * from api.audit_people(${id})`)).rejects.toMatchObject({
			message: person === member ? 'not_allowed' : 'not_found'
		});
	}
	await expect(edge`select * from api.audit_log`).rejects.toMatchObject({ code: '42501' });
});

test('a verb that is refused leaves no line, and neither does one whose transaction is undone', async () => {
	const { id, owner, admin, member } = await company();
	await expect(verbs(id).changeRole(admin, owner, 'viewer')).rejects.toMatchObject({ message: 'not_allowed' });
	await growStale(owner);
	await expect(verbs(id).changeRole(owner, member, 'viewer')).rejects.toMatchObject({
		message: 'fresh_session_required'
	});
	await expect(
		as(admin, async (tx) => {
			await tx`select api.change_role(${id}, ${member.userId}, 'viewer')`;
			throw new Error('the page broke');
		})
	).rejects.toThrow('the page broke');
	expect(await bookOf(id)).toEqual([]);
});

test('the address is the one that our server saw for the session, whatever the request claims', async () => {
	const { id, owner, member } = await company();
	await sql`select private.describe_session(${owner.sessionId}, '203.0.113.7', 'Firefox')`;
	await as(owner, async (tx) => {
		await tx`select set_config('request.headers', '{"x-forwarded-for": "198.51.100.66"}', true)`;
		await tx`select api.change_role(${id}, ${member.userId}, 'viewer')`;
	});
	await sql`select private.suspend_organization(${id}, 'for the test')`;
	const lines = await sql`
		select actor_kind, actor_id, host(address) as address from public.audit_log where organization_id = ${id} order by id`;
	expect(lines).toEqual([
		{ actor_kind: 'person', actor_id: owner.userId, address: '203.0.113.7' },
		{ actor_kind: 'platform', actor_id: null, address: null }
	]);
});

test('names are told of everybody in the book and of the organization, also of those who left, and of nobody else', async () => {
	const { id, owner, admin, member, viewer, stranger } = await company();
	await verbs(id).changeRole(owner, member, 'viewer');
	await verbs(id).remove(owner, member);
	const people = await as(
		admin,
		(tx) => tx<{ user_id: string; has_acted: boolean }[]>`select * from api.audit_people(${id})`
	);
	const told = Object.fromEntries(people.map(({ user_id, has_acted }) => [user_id, has_acted]));
	expect(told).toEqual({
		[owner.userId]: true,
		[admin.userId]: false,
		[member.userId]: false,
		[viewer.userId]: false
	});
	expect(told).not.toHaveProperty(stranger.userId);
});

describe('the export', () => {
	test('needs a password entered lately', async () => {
		const { id, owner } = await company();
		await growStale(owner);
		await expect(exported(owner, id)).rejects.toMatchObject({ code: 'PT403', message: 'fresh_session_required' });
		expect(await bookOf(id)).toEqual([]);
	});

	test('comes in batches without a gap or a double, and is one line itself', async () => {
		const { id, owner, member } = await company();
		await fill(id, [owner.userId, member.userId, null], 250);
		const all: Line[] = [];
		for (let before: string | undefined; ;) {
			const lines = await exported(owner, id, { batch: 100, ...(before && { before }) });
			all.push(...lines);
			before = lines.at(-1)?.id;
			if (lines.length < 100) break;
		}
		expect(all).toHaveLength(250);
		expect(all.map((line) => line.id)).toEqual([...new Set(all.map((line) => line.id))].sort().reverse());
		const book = (await bookOf(id)).filter(({ verb }) => verb === 'audit.exported');
		expect(book).toEqual([
			{ verb: 'audit.exported', actor_id: owner.userId, object_id: null, before: null, after: {} }
		]);
		expect(all.map(({ verb }) => verb)).not.toContain('audit.exported');
	});

	test('cannot be had without its line by beginning in the middle, or with other filters', async () => {
		const { id, owner, member } = await company();
		await fill(id, [owner.userId, member.userId], 20);
		await exported(owner, id, { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff' });
		await exported(owner, id, { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff', actor: member.userId });
		expect((await bookOf(id)).map(({ after }) => after).filter(Boolean)).toEqual([{}, { actor: member.userId }]);
	});

	test('follows its filters', async () => {
		const { id, owner, admin, member } = await company();
		await fill(id, [admin.userId, member.userId, null], 300);
		const count = async (filters: Filters) => (await exported(owner, id, filters)).length;
		expect(await count({ actor: member.userId })).toBe(100);
		expect(await count({ actor: 'platform' })).toBe(100);
		expect(await count({ verb: 'role.changed' })).toBe(3);
		const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000 - 1_800_000);
		expect(await count({ since: ago(10) })).toBe(10 + 3); // the three exports are lines, too
		expect(await count({ until: ago(290) })).toBe(10);
		expect(await count({ since: ago(20), until: ago(10) })).toBe(10);
		await expect(exported(owner, id, { actor: 'anybody' })).rejects.toMatchObject({ code: '22P02' });
		// whatever is asked for, a batch stays one
		expect(await count({ batch: 5_000_000 })).toBeLessThanOrEqual(1000);
		expect(await count({ batch: -1 })).toBe(1);
	});
});

describe('in a book of ten thousand lines, beside others', () => {
	let at: Awaited<ReturnType<typeof company>>;
	let rare: Person;

	beforeAll(async () => {
		at = await company();
		rare = await freshPerson();
		await fill(at.id, [at.owner.userId, at.admin.userId, null], linesPerBook);
		await fill(at.id, [rare.userId], 3);
		const other = await company();
		await fill(other.id, [other.owner.userId], linesPerBook);
		await sql`analyze public.audit_log`;
	});

	const plan = (filter: string) =>
		as(at.owner, async (tx) => {
			const rows = await tx.unsafe<Record<'QUERY PLAN', string>[]>(`
				explain (analyze, costs off, timing off) select * from api.audit_log
				where organization_id = '${at.id}' and ${filter} order by id desc limit 51`);
			return rows.map((row) => row['QUERY PLAN']).join('\n');
		});

	test('every filter of the page reads an index and no more than it has to', async () => {
		const month = (n: number) => `private.first_id_at(now() - interval '${n} days')`;
		const [middle] = await sql<{ from: string; to: string; at: string }[]>`
			select ${sql.unsafe(month(200))} as from, ${sql.unsafe(month(190))} as to, now() - interval '190 days' as at`;
		const filters = [
			'true',
			`id < '${middle!.to}'`,
			`actor_id = '${rare.userId}'`,
			`actor_id = '${at.admin.userId}'`,
			'actor_id is null',
			`verb = 'role.changed'`,
			`verb = 'role.changed' and actor_id = '${at.owner.userId}'`,
			`id >= '${middle!.from}' and id < '${middle!.to}' and created_at < '${new Date(middle!.at).toISOString()}'`
		];
		for (const filter of filters) {
			const told = await plan(filter);
			expect(told, filter).toMatch(/Index (Only )?Scan/);
			expect(told, filter).not.toMatch(/Seq Scan on audit_log/);
			const dropped = [...told.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, rows]) => Number(rows));
			expect(Math.max(0, ...dropped), `${filter}\n${told}`).toBeLessThan(linesPerBook / 2);
		}
	});

	test('the names of everybody cost as many looks as there are people, not lines', async () => {
		const buffers = await as(at.owner, async (tx) => {
			await tx`select * from api.audit_people(${at.id})`;
			const rows = await tx<Record<'QUERY PLAN', string>[]>`
				explain (analyze, buffers, costs off, timing off) select * from api.audit_people(${at.id})`;
			return Number(/shared hit=(\d+)/.exec(rows.map((row) => row['QUERY PLAN']).join('\n'))?.[1]);
		});
		// reading the book would be hundreds of pages
		expect(buffers).toBeLessThan(150);
	});

	test('a long export finds the rest of a filter by an index, with plans made for the filter', async () => {
		const [settings] = await sql<{ proconfig: string[] }[]>`
			select proconfig from pg_proc where oid = 'private.export_audit_log'::regproc`;
		expect(settings?.proconfig).toContain('plan_cache_mode=force_custom_plan');
		expect(await exported(at.owner, at.id, { actor: rare.userId })).toHaveLength(3);
	});
});
