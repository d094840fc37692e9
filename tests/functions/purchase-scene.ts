/**
 * Purchases under fire: the worker's own handler and the real database, a carrier made of a map, and calls that crash, or
 * whose answers are lost, where a test says so. Nobody else sees these jobs: they are never due.
 */
import type { Sql } from 'postgres';
import type { CarrierNumber, NumberMarket, Purchase } from '../../supabase/functions/_shared/carriers/port.ts';
import type { Carrier } from '../../supabase/functions/_shared/carriers/port.ts';
import { Failure } from '#core/failures.ts';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { provisionNumber } from '../../supabase/functions/worker/provision-number.ts';
import { claimsOf, createPerson, type Person } from '../support/people.ts';
import type { Environment } from '../support/stack.ts';

/** The process ends here: nothing of it goes on. */
export class Crash extends Error {}

/** `before`, `after`: the process crashes. `lost`: it was done, and nobody hears of it. `dropped`: it was not, likewise. */
export type FaultKind = 'before' | 'after' | 'lost' | 'dropped';
export type Fault = { step: string; kind: FaultKind };

/** Calls as they are made: each fault hits the next call of its step, once. */
export function underFire<Target extends object>(target: Target, faults: Fault[]): Target {
	return new Proxy(target, {
		get(object, name) {
			const method: unknown = Reflect.get(object, name);
			if (typeof method !== 'function') return method;
			return async (...args: unknown[]) => {
				const at = faults.findIndex(({ step }) => step === name);
				const kind = at < 0 ? null : faults.splice(at, 1)[0]!.kind;
				if (kind === 'before') throw new Crash(String(name));
				const answer: unknown = kind === 'dropped' ? null : await method.apply(object, args);
				if (kind === 'after') throw new Crash(String(name));
				if (kind === null) return answer;
				// the port's one call that never throws
				if (name === 'buyNumber') return { outcome: 'unknown', error: 'no answer', retryAfterSeconds: null };
				throw new Failure('unavailable');
			};
		}
	});
}

/** A carrier that sells each number once, to whoever asks first; `refuses`: they were all sold before. */
export class MapCarrier implements Pick<NumberMarket, 'buyNumber' | 'findNumber' | 'releaseNumber'> {
	/** Order names by number. */
	readonly owned = new Map<string, string>();
	refuses = false;
	away = false;

	async buyNumber({ number, orderName }: { number: string; orderName: string }): Promise<Purchase> {
		await breath();
		if (this.away) return { outcome: 'not_taken', error: 'away', retryAfterSeconds: null };
		if (this.refuses || this.owned.has(number)) {
			return { outcome: 'refused', slug: 'number_sold', code: '21422', error: 'sold' };
		}
		this.owned.set(number, orderName);
		return { outcome: 'bought', number: asNumber(number, orderName) };
	}

	async findNumber(orderName: string): Promise<CarrierNumber | null> {
		await breath();
		const [found] = [...this.owned].find(([, name]) => name === orderName) ?? [];
		return found ? asNumber(found, orderName) : null;
	}

	async releaseNumber(id: string): Promise<'released' | 'gone'> {
		await breath();
		return this.owned.delete(id) ? 'released' : 'gone';
	}
}

const breath = () => new Promise((done) => setImmediate(done));
const asNumber = (number: string, orderName: string): CarrierNumber => ({
	...{ carrierNumberId: number, number, orderName },
	capabilities: ['sms', 'voice']
});

/** Somebody with so many organizations, each with $20, and the number that each may buy at $1.15. */
export async function createScene(sql: Sql, env: Environment, count: number) {
	const person = await createPerson(sql, env);
	await sql`select private.record_password_entered(${person.sessionId})`;
	await sql`select private.record_number_prices('ZM', '[{"kind": "mobile", "cost_micros": 1150000, "documents": []}]')`;
	const rows = await sql<{ id: string; e164: string }[]>`
		with made as (
			insert into public.organizations (slug, name)
			select 'fire-' || encode(extensions.gen_random_bytes(6), 'hex'), 'Under fire' from generate_series(1, ${count})
			returning id
		), joined as (
			insert into public.memberships (organization_id, user_id, role) select id, ${person.userId}, 'owner' from made
		)
		select id, '+2609' || lpad((random() * 1e8)::bigint::text, 8, '0') as e164 from made`;
	await sql`
		select private.transfer(o.id, array[row('payments', -20000000), row('wallet', 20000000)]::private.ledger_leg[], 'top_up',
			'fire ' || o.id)
		from unnest(${rows.map(({ id }) => id)}::uuid[]) as o (id)`;
	await sql`
		select private.record_number_offer(jsonb_build_object('e164', e, 'country_code', 'ZM', 'kind', 'mobile',
			'capabilities', '["sms"]'::jsonb, 'address_requirement', 'none'))
		from unnest(${rows.map(({ e164 }) => e164)}::text[]) e`;
	return { person, places: rows };
}

/** Orders as the person, in one transaction with what keeps the job from the stack's own worker. */
export async function orderNumber(
	sql: Sql,
	person: Person,
	organizationId: string,
	e164: string,
	key: string
): Promise<string> {
	const { orderId } = await sql.begin(async (tx) => {
		await tx`select set_config('role', 'authenticated', true),
			set_config('request.jwt.claims', ${JSON.stringify(claimsOf(person))}, true)`;
		const [row] = await tx<{ id: string }[]>`
			select api.order_number(${organizationId}, ${e164}, 1150000, ${key}) as id`;
		await tx`reset role`;
		await tx`
			update private.jobs set run_at = 'infinity'
			where kind = 'provision_number' and payload ->> 'order_id' = ${row!.id} and completed_at is null`;
		return { orderId: row!.id };
	});
	return orderId;
}

/** A worker that takes the jobs of an order, one attempt at a time, a minute apart by its own clock. */
export class Workers {
	#sql: Sql;
	#minutes = 0;
	#parts: { database: Database; carrier: Carrier };

	constructor(sql: Sql, database: Database, carrier: MapCarrier, faults: Fault[]) {
		this.#sql = sql;
		const mine = {
			...database,
			// gives the job back, to these workers alone
			failJob: async (job: Job) => {
				await sql`update private.jobs set lease = null, leased_until = null, run_at = 'infinity' where id = ${job.id}`;
				return true;
			}
		};
		this.#parts = { database: underFire(mine, faults), carrier: underFire(carrier, faults) as unknown as Carrier };
	}

	/** One attempt at the order's oldest job; false when there is none left. A crash leaves the lease to run out. */
	async attempt(orderId: string): Promise<boolean> {
		const [job] = await this.#sql<Job[]>`
			update private.jobs set lease = gen_random_uuid(), leased_until = now() + interval '1 hour', run_at = 'infinity',
				attempts = attempts + 1
			where id = (
				select id from private.jobs where kind = 'provision_number' and payload ->> 'order_id' = ${orderId}
					and completed_at is null order by ordinal limit 1)
			returning id, kind, payload, attempts, lease`;
		if (!job) return false;
		const offset = this.#minutes++ * 60_000;
		const now = () => new Date(Date.now() + offset);
		try {
			await provisionNumber(job, { ...this.#parts, inboundUrl: 'x', statusUrl: 'x', now, chance: () => 0.5 });
		} catch (error) {
			// as the worker does with what its handlers throw; after a crash there is nobody to do it
			if (!(error instanceof Crash) && !(error instanceof Failure)) throw error;
		}
		return true;
	}

	/** Until nothing is left to do. */
	async finish(orderId: string): Promise<void> {
		for (let attempts = 0; attempts < 40; attempts++) if (!(await this.attempt(orderId))) return;
		throw new Error('the order never came to an end');
	}
}

/** What is wrong with a purchase, in words: paid, active, owned here and owned at the carrier are one and the same. */
export async function wrongWith(sql: Sql, carrier: MapCarrier, organizationId: string): Promise<string[]> {
	const [found] = await sql<
		{
			charges: number;
			paid: number;
			free: number;
			held: number;
			owned: number;
			active: number;
			open: number;
			names: string[];
		}[]
	>`
		select (select count(*)::int from public.ledger_holds h where h.organization_id = g.id and h.captured_micros > 0) as charges,
			(select coalesce(sum(h.captured_micros), 0)::float8 from public.ledger_holds h where h.organization_id = g.id) as paid,
			w.balance_micros::float8 as free, w.held_micros::float8 as held,
			(select count(*)::int from public.phone_numbers n where n.organization_id = g.id and n.released_at is null) as owned,
			(select count(*)::int from public.number_orders o where o.organization_id = g.id and o.status = 'active') as active,
			(select count(*)::int from public.number_orders o
				where o.organization_id = g.id and o.status in ('held', 'provisioning')) as open,
			array(select 'order ' || o.id from public.number_orders o where o.organization_id = g.id) as names
		from public.organizations g
		join api.wallets w on w.organization_id = g.id
		where g.id = ${organizationId}`;
	const { charges, paid, free, held, owned, active, open, names } = found!;
	const theirs = [...carrier.owned.values()].filter((name) => names.includes(name)).length;
	const wrong: string[] = [];
	if (charges > 1) wrong.push(`${charges} charges`);
	if (owned > 1 || theirs > 1) wrong.push(`${owned} numbers here, ${theirs} at the carrier`);
	if (new Set([charges, owned, active, theirs]).size > 1) {
		wrong.push(`paid ${charges}, active ${active}, owned ${owned}, at the carrier ${theirs}`);
	}
	if (paid !== charges * 1_150_000 || free + paid !== 20_000_000) wrong.push(`${paid} paid, ${free} left`);
	if (held !== 0 || open !== 0) wrong.push(`${held} still held, ${open} orders still open`);
	return wrong;
}
