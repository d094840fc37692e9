import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, createOrganization, createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from './acting.ts';
import { wrongInBooks } from './charging.ts';

const { sql, env } = stack;
/** As people do who act at the same moment: the shared connection takes one after the other. */
const crowd = postgres(env.DATABASE_URL, { max: 8, onnotice() {} });
afterAll(() => crowd.end({ timeout: 1 }));

type Db = typeof sql;
type Leg = readonly [kind: string, micros: number];
type Hold = { id: string; status: string; captured_micros: string | null; shortfall_micros: string };

let owner: Person;
beforeAll(async () => {
	owner = await createPerson(sql, env);
});

async function newOrganization(): Promise<string> {
	return (await createOrganization(sql, { owner, plan: null })).id;
}

async function transfer(db: Db, organizationId: string, legs: readonly Leg[], key: string): Promise<string> {
	const rows = legs.map(([kind, micros]) => `row('${kind}', ${micros})`).join(', ');
	const [row] = await db<{ id: string }[]>`
		select private.transfer(${organizationId}, array[${db.unsafe(rows)}]::private.ledger_leg[], 'adjustment', ${key}) as id`;
	return row!.id;
}

const topUp = (db: Db, id: string, micros: number, key: string) =>
	transfer(
		db,
		id,
		[
			['payments', -micros],
			['wallet', micros]
		],
		key
	);

async function place(db: Db, id: string, micros: number, key: string, seconds = 600): Promise<string> {
	const [row] = await db<{ id: string }[]>`
		select private.place_hold(${id}, ${micros}, 'text', 'message', ${id}, ${key}, ${seconds}) as id`;
	return row!.id;
}

async function capture(db: Db, hold: string, micros: number): Promise<Hold> {
	const [row] = await db<Hold[]>`select * from private.capture_hold(${hold}, ${micros})`;
	return row!;
}

async function release(db: Db, hold: string): Promise<Hold> {
	const [row] = await db<Hold[]>`select * from private.release_hold(${hold})`;
	return row!;
}

/** Free and set aside, in micros. */
async function walletOf(id: string): Promise<{ free: number; held: number }> {
	const [row] = await sql<{ free: number; held: number }[]>`
		select balance_micros::float8 as free, held_micros::float8 as held from api.wallets where organization_id = ${id}`;
	return row ?? { free: 0, held: 0 };
}

const revenueFrom = async (id: string) => {
	const [row] = await sql<{ sum: number }[]>`
		select coalesce(sum(e.amount_micros), 0)::float8 as sum
		from public.ledger_entries e
		join public.ledger_accounts a on a.id = e.account_id and a.kind = 'revenue'
		join public.ledger_transfers t on t.id = e.transfer_id
		where t.organization_id = ${id}`;
	return row!.sum;
};

const findings = () => wrongInBooks(owner);

test('money that moves twice under one key moved once; the same key for other money is refused', async () => {
	const id = await newOrganization();
	const first = await topUp(sql, id, 5_000_000, `${id} a`);
	expect(await topUp(sql, id, 5_000_000, `${id} a`)).toBe(first);
	await expect(topUp(sql, id, 6_000_000, `${id} a`)).rejects.toThrow('ledger_key_reused');
	await expect(
		transfer(
			sql,
			id,
			[
				['payments', -5_000_000],
				['adjustments', 5_000_000]
			],
			`${id} a`
		)
	).rejects.toThrow('ledger_key_reused');
	expect(await walletOf(id)).toEqual({ free: 5_000_000, held: 0 });
});

test('what has moved is answered again also when the wallet is empty by now, and moves nothing', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 1_000, `${id} a`);
	const pay = (micros: number, key: string) =>
		transfer(
			sql,
			id,
			[
				['wallet', -micros],
				['revenue', micros]
			],
			`${id} ${key}`
		);
	const first = await pay(700, 'b');
	expect(await pay(700, 'b')).toBe(first);
	await expect(pay(701, 'b')).rejects.toThrow('ledger_key_reused');
	await expect(pay(301, 'c')).rejects.toThrow('balance_too_low');
	const back: Leg[] = [
		['wallet', 100],
		['holds', -100]
	];
	await place(sql, id, 100, `${id} d`);
	const given = await transfer(sql, id, back, `${id} e`);
	expect(await transfer(sql, id, back, `${id} e`)).toBe(given);
	await expect(transfer(sql, id, back, `${id} f`)).rejects.toThrow('balance_too_low');
	expect(await walletOf(id)).toEqual({ free: 300, held: 0 });
	// the hold's own money went by hand: put it back, for the proofs of other tests
	await transfer(
		sql,
		id,
		[
			['wallet', -100],
			['holds', 100]
		],
		`${id} g`
	);
});

test('nobody spends what is not there; a plan’s credit is there', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 1_000, `${id} a`);
	await expect(place(sql, id, 1_001, `${id} b`)).rejects.toThrow('balance_too_low');
	await sql`update public.ledger_accounts set credit_micros = 500 where organization_id = ${id} and kind = 'wallet'`;
	await place(sql, id, 1_500, `${id} c`);
	await expect(place(sql, id, 1, `${id} d`)).rejects.toThrow('balance_too_low');
	expect(await walletOf(id)).toEqual({ free: -500, held: 1_500 });
	const [left] = await sql`select count(*)::int as n from public.ledger_holds where organization_id = ${id}`;
	expect(left).toEqual({ n: 1 });
});

test('a hold is paid in part, in full or beyond; the rest is given back, and what was not there is written down', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 1_000, `${id} a`);
	const part = await place(sql, id, 300, `${id} part`);
	expect(await capture(sql, part, 100)).toMatchObject({
		status: 'captured',
		captured_micros: '100',
		shortfall_micros: '0'
	});
	expect(await walletOf(id)).toEqual({ free: 900, held: 0 });
	// again is nothing, another amount is refused
	await capture(sql, part, 100);
	await expect(capture(sql, part, 101)).rejects.toThrow('hold_over');
	expect(await release(sql, part)).toMatchObject({ status: 'captured' });

	const beyond = await place(sql, id, 800, `${id} beyond`);
	expect(await capture(sql, beyond, 1_000)).toMatchObject({ captured_micros: '900', shortfall_micros: '100' });
	expect(await walletOf(id)).toEqual({ free: 0, held: 0 });
	expect(await revenueFrom(id)).toBe(1_000);
});

test('a hold that nobody came for is given back, and what turns out to have happened is paid all the same', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 1_000, `${id} a`);
	const late = await place(sql, id, 400, `${id} late`, -1);
	const open = await place(sql, id, 100, `${id} open`);
	await sql`select private.expire_holds(100000)`;
	const rows = await sql`select id, status from public.ledger_holds where organization_id = ${id} order by id`;
	expect(rows).toEqual([
		{ id: late, status: 'expired' },
		{ id: open, status: 'held' }
	]);
	expect(await walletOf(id)).toEqual({ free: 900, held: 100 });
	expect(await capture(sql, late, 400)).toMatchObject({ status: 'captured', captured_micros: '400' });
	expect(await walletOf(id)).toEqual({ free: 500, held: 100 });
	expect(await capture(sql, open, 0)).toMatchObject({ status: 'released' });
});

test('the books take no line that is not of a sum of zero, and let none be changed', async () => {
	const id = await newOrganization();
	const made = await topUp(sql, id, 1_000, `${id} a`);
	await expect(
		transfer(
			sql,
			id,
			[
				['payments', -999],
				['wallet', 1_000]
			],
			`${id} b`
		)
	).rejects.toThrow('sum to zero');
	await expect(transfer(sql, id, [['wallet', 1_000]], `${id} c`)).rejects.toThrow('sum to zero');
	await expect(sql`update public.ledger_entries set amount_micros = 1 where transfer_id = ${made}`).rejects.toThrow(
		'only ever added'
	);
	await expect(sql`delete from public.ledger_entries where transfer_id = ${made}`).rejects.toThrow('only ever added');
	await expect(sql`update public.ledger_transfers set reason = 'gift' where id = ${made}`).rejects.toThrow(
		'only ever added'
	);
	await expect(sql`truncate public.ledger_entries`).rejects.toThrow('only ever added');
	const [foreign] = await sql<
		{ id: string }[]
	>`select private.ledger_account(${await newOrganization()}, 'wallet') as id`;
	await expect(sql`
		with other as (
			insert into public.ledger_transfers (organization_id, reason, idempotency_key) values (${id}, 'gift', ${`${id} d`}) returning id)
		insert into public.ledger_entries (transfer_id, account_id, organization_id, amount_micros)
		select other.id, a.id, a.organization_id, case when a.kind = 'wallet' then -1 else 1 end
		from other cross join public.ledger_accounts a where a.id = ${foreign!.id} or a.kind = 'revenue'`).rejects.toThrow(
		'the money of one organization'
	);
	expect(await walletOf(id)).toEqual({ free: 1_000, held: 0 });
});

test('a proof of the books finds a balance that was tampered with', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 1_000, `${id} a`);
	const found = await sql
		.begin(async (tx) => {
			await tx`update public.ledger_accounts set balance_micros = balance_micros + 1 where organization_id = ${id} and kind = 'wallet'`;
			const [row] = await tx<{ found: { check: string; off_by: number }[] }[]>`select private.find_in_books() as found`;
			throw Object.assign(new Error('undo'), { found: row!.found });
		})
		.catch((error: Error & { found?: { check: string; off_by: number }[] }) => error.found ?? Promise.reject(error));
	expect(found).toContainEqual(expect.objectContaining({ check: 'balance', off_by: 1 }));
	expect(await findings()).toEqual([]);
});

test('owners and admins read the wallet and its movements, members do not', async () => {
	const id = await newOrganization();
	const member = await createPerson(sql, env);
	await addMember(sql, id, member, 'member');
	await topUp(sql, id, 1_000, `${id} a`);
	const reads = async (person: Person) => {
		const rows = await as(
			person,
			(tx) => tx`select account, amount_micros::int as micros from api.ledger_entries where organization_id = ${id}`
		);
		return [...rows];
	};
	expect(await reads(owner)).toEqual([{ account: 'wallet', micros: 1_000 }]);
	expect(await reads(member)).toEqual([]);
});

/** What may be done with an organization's money, by the place of a hold placed before. */
const deeds = fc.oneof(
	fc.record({ deed: fc.constant('top up' as const), micros: fc.integer({ min: 1, max: 2_000 }) }),
	fc.record({ deed: fc.constant('hold' as const), micros: fc.integer({ min: 1, max: 1_500 }), dead: fc.boolean() }),
	fc.record({ deed: fc.constant('capture' as const), micros: fc.integer({ min: 0, max: 2_000 }), place: fc.nat(9) }),
	fc.record({ deed: fc.constant('release' as const), place: fc.nat(9) }),
	fc.record({ deed: fc.constant('expire' as const) })
);

test('whatever is done in whatever order, the books are as one reckons them by hand', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(deeds, { minLength: 5, maxLength: 25 }), async (steps) => {
			const id = await newOrganization();
			let [free, earned] = [0, 0];
			const holds: { id: string; micros: number; dead: boolean; state: string; asked: number }[] = [];
			for (const [turn, step] of steps.entries()) {
				if (step.deed === 'top up') {
					await topUp(sql, id, step.micros, `${id} ${turn}`);
					free += step.micros;
				} else if (step.deed === 'hold') {
					const placing = place(sql, id, step.micros, `${id} ${turn}`, step.dead ? -1 : 600);
					if (step.micros > free) {
						await expect(placing).rejects.toThrow('balance_too_low');
						continue;
					}
					holds.push({ id: await placing, micros: step.micros, dead: step.dead, state: 'held', asked: 0 });
					free -= step.micros;
				} else if (step.deed === 'expire') {
					await sql`select private.expire_holds(100000)`;
					for (const hold of holds.filter(({ dead, state }) => dead && state === 'held')) {
						hold.state = 'expired';
						free += hold.micros;
					}
				} else {
					const hold = holds[step.place];
					if (!hold) continue;
					const back = hold.state === 'held' ? hold.micros : 0;
					if (step.deed === 'release' || (step.micros === 0 && hold.state !== 'captured')) {
						if (step.deed === 'release') await release(sql, hold.id);
						else await capture(sql, hold.id, 0);
						if (hold.state === 'held') hold.state = 'released';
						free += back;
					} else if (hold.state === 'captured') {
						if (hold.asked === step.micros) await capture(sql, hold.id, step.micros);
						else await expect(capture(sql, hold.id, step.micros)).rejects.toThrow('hold_over');
					} else {
						const paid = Math.min(step.micros, back + free);
						await capture(sql, hold.id, step.micros);
						free += back - paid;
						earned += paid;
						Object.assign(hold, { state: 'captured', asked: step.micros });
					}
				}
			}
			const held = holds.filter(({ state }) => state === 'held').reduce((sum, { micros }) => sum + micros, 0);
			expect(await walletOf(id)).toEqual({ free, held });
			expect(await revenueFrom(id)).toBe(earned);
		}),
		{ numRuns: 25 }
	);
	expect(await findings()).toEqual([]);
});

test('eight at once on one wallet: no deadlock, no wallet below its floor, and the books still balance', async () => {
	const id = await newOrganization();
	await topUp(sql, id, 10_000, `${id} a`);
	const one = async (who: number) => {
		let refused = 0;
		for (let turn = 0; turn < 25; turn++) {
			try {
				const hold = await place(crowd, id, 150, `${id} ${who} ${turn}`);
				if (turn % 3 === 0) await release(crowd, hold);
				else await Promise.all([capture(crowd, hold, 100), capture(crowd, hold, 100)]);
			} catch (error) {
				if (!(error instanceof Error && error.message === 'balance_too_low')) throw error;
				refused += 1;
			}
			if (turn % 5 === 0) await crowd`select private.expire_holds(10)`;
		}
		return refused;
	};
	const refusals = await Promise.all(Array.from({ length: 8 }, (_, who) => one(who)));
	const wallet = await walletOf(id);
	expect(wallet.free).toBeGreaterThanOrEqual(0);
	expect(wallet.held).toBe(0);
	expect(wallet.free + (await revenueFrom(id))).toBe(10_000);
	expect(refusals.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
	expect(await findings()).toEqual([]);
});
