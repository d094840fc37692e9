/**
 * Events by channels by settings: whatever people chose and whatever happens, exactly what was asked for is delivered, also when
 * the worker is killed in between. A stack of its own, because its worker dies and its functions are bent.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import type { EmailChoice } from '#core/notifications.ts';
import { leaseSeconds } from '../../supabase/functions/worker/drain.ts';
import { holderOf } from '../../stack/processes.ts';
import { stack } from '../support/shared-stack.ts';
import type { Stack } from '../support/stack.ts';
import { eventually } from './doors.ts';
import { flaws, type Flaw } from './telling-flaws.ts';
import { askedFor, plans, type Asked, type Plan } from './telling-plans.ts';
import { arrived, happen, scene, type Mark, type Scene } from './telling.ts';

vi.mock('../support/shared-stack.ts', async () => {
	const { startStack } = await import('../support/stack.ts');
	return { stack: await startStack({ app: false }) };
});
afterAll(() => (stack as Stack).stop());

const { sql, env } = stack;
const runs = Number(process.env.NOTIFICATION_RUNS || 2);

let killedAt = new Date(0);

/** The worker listens on the twelfth port after the base, the gateway on the first. */
async function killWorker(): Promise<void> {
	const holder = holderOf(Number(new URL(env.SUPABASE_URL).port) + 11);
	const [, pid] = /\(pid (\d+)\)$/.exec(holder ?? '') ?? [];
	// it may be on its way back from the last time
	if (pid) process.kill(Number(pid), 'SIGKILL');
	const [row] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
	killedAt = row!.now;
}

/** Time passes: what a dead worker had claimed, to the last statement that Postgres had of it, is anybody's again. */
const endLeases = () => sql`
	update private.jobs set leased_until = now()
	where leased_until > now() and leased_until <= ${killedAt}::timestamptz + make_interval(secs => ${leaseSeconds})`;

const idsOf = ({ readers }: Scene) => readers.map(({ person }) => person.userId);
/** `waits`: for the end of the night, the hour or the day; not for another attempt, which is brought forward. */
const jobsOf = (people: Scene) => sql<
	{ id: string; kind: string; isDone: boolean; waits: boolean; last_error: string }[]
>`
	select j.id, j.kind, j.last_error, j.completed_at is not null as "isDone",
		j.run_at > now() and coalesce(j.last_error, 'quiet hours') = 'quiet hours' as waits
	from private.jobs j
	where j.kind in ('send_push', 'send_letter', 'send_digest')
		and (j.payload ->> 'user_id' = any (${idsOf(people)}) or (j.payload ->> 'notification_id')::uuid in (
			select id from public.notifications where user_id = any (${idsOf(people)}::uuid[])))`;

async function settled(people: Scene): Promise<void> {
	const jobs = await eventually(
		async () => {
			await endLeases();
			const jobs = await jobsOf(people);
			const pending = jobs.filter(({ isDone, waits }) => !isDone && !waits).map(({ id }) => id);
			await sql`update private.jobs set run_at = now() where id = any (${pending}) and run_at > now()`;
			if (pending.length > 0) await sql`select private.ring_worker()`;
			return jobs;
		},
		(jobs) => jobs.every(({ isDone, waits }) => isDone || waits),
		60
	);
	expect(jobs.filter(({ isDone, waits }) => !isDone && !waits)).toEqual([]);
}

type Told = Asked & { mark: Mark; isQuiet: boolean; organization: string };
type Delivered = Awaited<ReturnType<typeof arrived>>;

/** What has to have reached a reader, by night or after it. */
function wanted(told: readonly Told[], devices: number, isOver: boolean): Delivered {
	const marks = (which: (one: Told) => boolean) =>
		told
			.filter(which)
			.map(({ mark }) => mark.join())
			.sort();
	const letters: readonly EmailChoice[] = isOver ? ['at_once', 'unread'] : ['at_once'];
	const pushes = marks(({ choice, isQuiet }) => choice.push && (isOver || !isQuiet));
	return {
		bell: marks(({ choice }) => choice.bell),
		pushes: Array.from({ length: devices }, () => pushes),
		letters: marks(({ choice, isQuiet }) => letters.includes(choice.email) && (isOver || !isQuiet)),
		digests: isOver ? [...digests(told, 'hourly'), ...digests(told, 'daily')].sort() : []
	};
}

function digests(told: readonly Told[], cadence: 'hourly' | 'daily'): string[] {
	const counts = new Map<string, number>();
	for (const { choice, organization } of told)
		if (choice.email === cadence) counts.set(organization, (counts.get(organization) ?? 0) + 1);
	return [...counts].map(
		([organization, count]) =>
			`${count === 1 ? 'One notification' : `${count} notifications`} from ${organization}, ${cadence === 'hourly' ? 'hour' : 'day'}`
	);
}

type Comparison = { wanted: Delivered[]; got: Delivered[] };

/**
 * Has it all happen, and puts what reached the readers beside what they asked for: at once, and when the night is over.
 * @param patience how long the catcher of letters may take to show what it has taken, in s
 */
async function carriedOut(plan: Plan, patience = 10): Promise<Comparison> {
	const people = await scene(plan);
	const told: Told[] = [];
	for (const [at, happening] of plan.happenings.entries()) {
		const mark = await happen(people, happening);
		for (const asked of askedFor(plan, happening)) {
			const { quiet, mentionsBreakThrough } = plan.readers[asked.reader];
			const isQuiet = quiet && !(asked.choice.event === 'mention' && mentionsBreakThrough);
			told.push({ ...asked, mark, isQuiet, organization: happening.place === 2 ? 'Second' : 'First' });
		}
		if (at === plan.killAfter) await killWorker();
	}
	const marks = told.map(({ mark }) => mark);
	async function compared(isOver: boolean): Promise<Comparison> {
		await settled(people);
		const both = [0, 1] as const;
		const mine = both.map((who) => told.filter(({ reader }) => reader === who));
		const wish = both.map((who) => wanted(mine[who]!, plan.readers[who].devices, isOver));
		const reached = () => Promise.all(both.map((who) => arrived(people, who, marks)));
		return { wanted: wish, got: await eventually(reached, (got) => isDeepStrictEqual(got, wish), patience) };
	}

	const atOnce = await compared(false);
	if (!isDeepStrictEqual(atOnce.got, atOnce.wanted)) return atOnce;
	await sql`delete from private.notification_hours where user_id = any (${idsOf(people)})`;
	await sql`
		update private.jobs set run_at = now()
		where id = any (${(await jobsOf(people)).map(({ id }) => id)}) and completed_at is null`;
	await sql`select private.ring_worker()`;
	if (plan.killAfter !== null) await killWorker();
	return compared(true);
}

test(
	'R6.8 for random settings and events exactly the asked-for deliveries happen, also when the worker is killed in between',
	{ timeout: runs * 85_000 },
	async () => {
		await fc.assert(
			// three at a time: a worker that dies takes its time to come back
			fc.asyncProperty(plans, plans, plans, async (first, ...others) => {
				const ended = await Promise.all(
					[first, ...others.map((plan) => ({ ...plan, killAfter: null }))].map((plan) => carriedOut(plan))
				);
				for (const { wanted, got } of ended) expect(got).toEqual(wanted);
			}),
			// a smaller example takes as long as the one that failed
			{ numRuns: runs, endOnFailure: true }
		);
	}
);

/** A function of ours, bent for as long as the work takes. */
async function planted({ in: name, from, to }: Flaw, work: () => Promise<void>): Promise<void> {
	const [row] = await sql<{ body: string }[]>`
		select pg_get_functiondef(p.oid) as body from pg_proc p
		where p.pronamespace = 'private'::regnamespace and p.proname = ${name}`;
	const { body } = row!;
	if (!body.includes(from)) throw new Error(`private.${name} has no “${from}”:\n${body}`);
	await sql.unsafe(body.replace(from, to));
	try {
		await work();
	} finally {
		await sql.unsafe(body);
	}
}

test.each(flaws)('R6.8 it is noticed when $flaw', async (flaw) => {
	await planted(flaw, async () => {
		const { wanted, got } = await carriedOut(flaw.plan, 0.25);
		expect(got).not.toEqual(wanted);
	});
});

test('R6.8 where nothing is planted each of these plans is carried out', async () => {
	const ended = await Promise.all(flaws.map(({ plan }) => carriedOut(plan)));
	for (const { wanted, got } of ended) expect(got).toEqual(wanted);
});
