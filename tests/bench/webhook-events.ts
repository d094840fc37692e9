import { setTimeout as sleep } from 'node:timers/promises';
import { createOrganization, createPerson } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { openReceiver, pass, tellMany, type Told } from '../support/webhook-receiver.ts';
import type { Result } from './measure.ts';

const events = Number(process.env.WEBHOOK_EVENTS ?? 10_000);
const subjects = 400;
const hours = 24;
/** One answer of so many is lost on its way, when the endpoint is up again: what it was about has to come once more. */
const lostOneIn = 200;
const longestMilliseconds = 900_000;

/**
 * An endpoint that is down for a day while 10,000 events happen, and then takes them: all of them, each subject's in their
 * order, and what comes twice under the id that it had.
 */
export async function webhookEvents({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result> {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const program = await openReceiver();
	const [endpoint] = await sql<{ id: string }[]>`
		insert into public.webhook_endpoints (organization_id, url, event_types)
		values (${organizationId}, ${program.url}, '{limit.reached}') returning id`;
	const id = String(endpoint?.id);
	await sql`select private.add_webhook_secret(${id})`;
	const left = async () => {
		const [row] = await sql<{ left: number }[]>`
			select count(*)::int as left from public.webhook_deliveries where endpoint_id = ${id} and status <> 'delivered'`;
		return Number(row?.left);
	};
	try {
		program.answer(() => ({ status: 503 }));
		const perHour = Math.ceil(events / hours);
		for (let hour = 0; hour < hours; hour++) {
			await tellMany(sql, organizationId, Math.min(perHour, events - hour * perHour), subjects, hour * perHour + 1);
			const before = program.told.length;
			await pass(sql, id, '1 hour');
			// what is tried in this hour
			for (let wait = 0; wait < 50 && program.told.length === before; wait++) await sleep(100);
		}
		const tried = program.told.length;
		const start = performance.now();
		let count = 0;
		program.answer(() => (++count % lostOneIn === 0 ? 'cut' : { status: 204 }));
		await pass(sql, id, '1 hour');
		while ((await left()) > 0 && performance.now() - start < longestMilliseconds) {
			await sleep(500);
			// who lost an answer waits seconds to minutes: they pass
			if (program.taken().length >= events) await pass(sql, id, '1 minute');
		}
		const took = (performance.now() - start) / 1000;
		const all = program.taken();
		const { missing, disordered, renamed } = judge(all);
		return {
			name: `webhooks: ${events} events about ${subjects} subjects, the endpoint down for ${hours} hours`,
			ratio: null,
			bar: 'all delivered in the order of their key, none twice without the same id, one in ten tried while it is down at most',
			holds: missing + disordered + renamed + (await left()) === 0 && tried <= events / 10 && events >= 10_000,
			figures: {
				...{
					missing,
					disordered,
					'twice under another id': renamed,
					'twice under its id': all.length - events + missing
				},
				...{
					'attempts while it was down': tried,
					'seconds until all were there': took,
					'events a second': events / took
				}
			}
		};
	} finally {
		program.close();
		await sql`delete from public.webhook_endpoints where id = ${id}`;
	}
}

/** What is wrong with what was taken: how many events are missing, came before an earlier one of theirs, or under two ids. */
function judge(all: readonly Told[]) {
	const ids = new Map<number, Set<string>>();
	const newest = new Map<number, number>();
	let disordered = 0;
	for (const { id, event } of all) {
		const place = Number(event.data.place);
		const lane = place % subjects;
		const isRepeated = ids.has(place);
		ids.set(place, (ids.get(place) ?? new Set()).add(id));
		const before = newest.get(lane) ?? 0;
		// what is repeated is repeated at once, before anything that follows it
		if (isRepeated ? place !== before : place < before) disordered += 1;
		newest.set(lane, Math.max(before, place));
	}
	const renamed = [...ids.values()].filter((each) => each.size > 1).length;
	return { missing: events - ids.size, disordered, renamed };
}
