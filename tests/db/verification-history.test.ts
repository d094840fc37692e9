import { beforeAll, expect, test } from 'vitest';
import { createNumber, createPerson, addMember, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';
import { company } from './company.ts';

const { sql, env } = stack;
let people: Awaited<ReturnType<typeof company>>;
let open: { id: string; e164: string };
let shut: { id: string; e164: string };

type Row = {
	service?: string;
	status?: string;
	/** ago it was asked for */
	hours?: number;
	/** to its code */
	seconds?: number | null;
	number?: { id: string };
	by?: Person;
	organizationId?: string;
};

/** A verification as it would be by now. */
async function past({
	service = 'Google',
	status = 'completed',
	hours = 1,
	seconds = 10,
	...row
}: Row): Promise<string> {
	const [made] = await sql<{ id: string }[]>`
		with moment as (select now() - make_interval(mins => (${hours}::float8 * 60)::integer) as at)
		insert into public.verifications (id, organization_id, phone_number_id, service_name, requested_by, ttl_seconds,
			idempotency_key, status, expires_at, created_at, code_received_at, ended_at)
		select overlay(private.first_id_at(at)::text placing right(gen_random_uuid()::text, 12) from 25)::uuid,
			${row.organizationId ?? people.id}, ${(row.number ?? open).id}, ${service}, ${(row.by ?? people.member).userId}, 600,
			gen_random_uuid()::text, ${status}::public.verification_status, at + interval '10 minutes', at,
			at + make_interval(secs => ${seconds}::float8), at + interval '10 minutes'
		from moment
		returning id`;
	return made!.id;
}

type Counts = { counts: Record<string, number>; capped: boolean };
const countOf = (by: Person, filter: Record<string, string> = {}, organizationId = people.id) =>
	as(by, async (tx) => {
		const { service = null, number = null, person = null, since = null, until = null } = filter;
		const [row] = await tx<{ answer: Counts }[]>`
			select api.count_verifications(${organizationId}, ${service}, ${number}, ${person}, ${since}, ${until}) as answer`;
		return row!.answer;
	});

type Rate = { id: string | null; name: string; asked: number; received: number; quartiles: (number | null)[] };
type Rates = { asked: number; capped: boolean; services: Rate[]; numbers: (Rate & { e164: string })[] };
const ratesOf = (by: Person, hours: number) =>
	as(by, async (tx) => {
		const [row] = await tx<{ answer: Rates }[]>`select api.verification_rates(${people.id}, ${hours}) as answer`;
		return row!.answer;
	});
const servicesOf = (by: Person) =>
	as(by, async (tx) => {
		const rows = await tx<{ name: string }[]>`select api.services_asked_of(${people.id}) as name`;
		return rows.map(({ name }) => name);
	});

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

beforeAll(async () => {
	people = await company();
	open = await createNumber(sql, null, { organizationId: people.id, label: 'Sign-ups' });
	shut = await createNumber(sql, null, { organizationId: people.id, label: 'Owners', grants: [] });
	await past({ seconds: 10 });
	await past({ seconds: 20 });
	await past({ seconds: 60, hours: 30 });
	// a code that came in time counts, whatever became of it
	await past({ seconds: 30, status: 'expired' });
	await past({ seconds: 40, status: 'cancelled', by: people.admin });
	await past({ seconds: 50, status: 'code_received' });
	// no code in time
	await past({ seconds: null, status: 'expired' });
	await past({ seconds: null, status: 'filtered' });
	// neither
	await past({ seconds: null, status: 'cancelled' });
	await past({ seconds: null, status: 'waiting' });
	await past({ service: 'A shop of ours', seconds: null, status: 'expired', hours: 200 });
	await past({ service: 'Secret', number: shut, seconds: 5 });
});

test('R5.2 counts by status follow the filter and what somebody may see', async () => {
	expect(await countOf(people.viewer)).toEqual({
		counts: { completed: 3, expired: 3, cancelled: 2, code_received: 1, filtered: 1, waiting: 1 },
		capped: false
	});
	expect((await countOf(people.owner)).counts.completed).toBe(4);
	// ids know no moment before 1970
	expect(await countOf(people.viewer, { since: '1923-11-23' })).toEqual(await countOf(people.viewer));
	expect((await countOf(people.viewer, { until: '1923-11-23' })).counts).toEqual({});
	const counts = async (filter: Record<string, string>) => (await countOf(people.viewer, filter)).counts;
	expect(await counts({ service: 'A shop of ours' })).toEqual({ expired: 1 });
	expect(await counts({ service: 'Secret' })).toEqual({});
	expect(await counts({ number: shut.id })).toEqual({});
	expect(await counts({ person: people.admin.userId })).toEqual({ cancelled: 1 });
	expect(await counts({ since: ago(210), until: ago(20) })).toEqual({ completed: 1, expired: 1 });
	expect(await counts({ service: 'Google', number: open.id, since: ago(24) })).toMatchObject({
		completed: 2,
		expired: 2
	});
	await expect(countOf(people.stranger)).rejects.toThrow('not_found');
});

test('R5.4 how many codes came in time, and how long they took, by service and by number', async () => {
	const day = await ratesOf(people.viewer, 24);
	expect(day).toMatchObject({ asked: 9, capped: false });
	expect(day.services).toEqual([{ id: null, name: 'Google', asked: 7, received: 5, quartiles: [20, 30, 40] }]);
	expect(day.numbers).toEqual([
		{
			id: open.id,
			name: 'Sign-ups',
			e164: open.e164,
			color: expect.any(Number),
			asked: 7,
			received: 5,
			quartiles: [20, 30, 40]
		}
	]);
	const week = await ratesOf(people.viewer, 168);
	expect(week.services).toMatchObject([{ asked: 8, received: 6, quartiles: [22.5, 35, 47.5] }]);
	const month = await ratesOf(people.viewer, 720);
	expect(month.services).toMatchObject([{ name: 'Google' }, { name: 'A shop of ours', received: 0, quartiles: null }]);
	expect((await ratesOf(people.owner, 24)).numbers).toMatchObject([{ id: open.id }, { id: shut.id, received: 1 }]);
	await expect(ratesOf(people.viewer, 721)).rejects.toThrow('malformed');
	await expect(ratesOf(people.stranger, 24)).rejects.toThrow('not_found');
});

test('R5.4 the services to choose from are those somebody may see, each once', async () => {
	expect(await servicesOf(people.viewer)).toEqual(['A shop of ours', 'Google']);
	expect(await servicesOf(people.owner)).toEqual(['A shop of ours', 'Google', 'Secret']);
	await expect(servicesOf(people.stranger)).rejects.toThrow('not_found');
});

const save = (by: Person, name: string, query: string, organizationId = people.id) =>
	as(by, async (tx) => {
		const [row] = await tx<{ id: string }[]>`select api.save_view(${organizationId}, ${name}, ${query}) as id`;
		return row!.id;
	});
const viewsOf = (by: Person) => as(by, (tx) => tx`select name, query from api.saved_views order by name`);
const forget = (by: Person, id: string) => as(by, (tx) => tx`select api.delete_view(${id})`);

test('R5.4 a view is kept for one person in one organization, by its name, twenty at most', async () => {
	const id = await save(people.viewer, '  Late ones ', 'status=expired&range=7d');
	expect(await save(people.viewer, 'Late ones', 'status=expired')).toBe(id);
	expect(await viewsOf(people.viewer)).toEqual([{ name: 'Late ones', query: 'status=expired' }]);
	for (const other of [people.owner, people.stranger]) {
		expect(await viewsOf(other)).toEqual([]);
		await expect(forget(other, id)).rejects.toThrow('not_found');
	}
	await expect(save(people.stranger, 'Late ones', 'status=expired')).rejects.toThrow('not_found');
	for (const name of ['', '  ', 'x'.repeat(41)])
		await expect(save(people.viewer, name, 'status=expired')).rejects.toThrow('view_name_invalid');
	for (const query of ['', '?status=expired', 'a=<script>', 'a=1#b', `a=${'b'.repeat(1500)}`])
		await expect(save(people.viewer, 'Another', query), query).rejects.toThrow('malformed');

	await Promise.all(Array.from({ length: 19 }, (_, n) => save(people.viewer, `View ${n}`, 'range=24h')));
	const refused = await Promise.allSettled([1, 2].map((n) => save(people.viewer, `One more ${n}`, 'range=24h')));
	expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	await expect(save(people.viewer, 'One more', 'range=24h')).rejects.toThrow('too_many_views');
	await save(people.viewer, 'Late ones', 'range=today');
	await forget(people.viewer, id);
	await save(people.viewer, 'One more', 'range=24h');
});

test('R5.4 views go with whoever leaves', async () => {
	const leaver = await createPerson(sql, env);
	await addMember(sql, people.id, leaver, 'member');
	await save(leaver, 'Mine', 'range=24h');
	await sql`delete from public.memberships where organization_id = ${people.id} and user_id = ${leaver.userId}`;
	const rows = await sql`select from public.saved_views where user_id = ${leaver.userId}`;
	expect(rows).toHaveLength(0);
});
