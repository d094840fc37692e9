import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { wrongInBooks } from '../db/charging.ts';
import { stack } from '../support/shared-stack.ts';
import {
	createScene,
	MapCarrier,
	orderNumber,
	Workers,
	wrongWith,
	type Fault,
	type FaultKind
} from './purchase-scene.ts';

const { env } = stack;
const sql = postgres(env.DATABASE_URL, { max: 8, onnotice() {} });
const database = createDatabase(env.EDGE_DATABASE_URL);
afterAll(() => Promise.all([sql.end({ timeout: 1 }), database.end()]));

const kinds: readonly FaultKind[] = ['before', 'after', 'lost'];
/** The eight steps of a purchase, and what has to happen before for each to be reached. */
const steps: readonly { step: string; first?: Fault[]; agreeing?: 'away' | 'late'; refusing?: 'after selling' }[] = [
	{ step: 'orderNumber' },
	{ step: 'beginNumberOrder' },
	{ step: 'buyNumber' },
	{ step: 'findNumber', first: [{ step: 'buyNumber', kind: 'dropped' }] },
	{ step: 'clearNumberOrder', first: [{ step: 'buyNumber', kind: 'dropped' }] },
	// one that refuses has sold it before, and its answer was lost
	{ step: 'completeNumberOrder', refusing: 'after selling' },
	// one that agrees does so after everybody has given up
	{ step: 'releaseNumberOrder', agreeing: 'late' },
	{ step: 'completeJob' }
];
const scenarios = steps.flatMap((step) =>
	kinds.flatMap((kind) => (['agrees', 'refuses'] as const).map((says) => ({ ...step, kind, says })))
);

type Scenario = (typeof scenarios)[number];
type Place = { id: string; e164: string };
type Scene = Awaited<ReturnType<typeof createScene>>;

/** Carries one purchase out, with its fault on the way; answers what is wrong afterwards, and how it ended. */
async function purchase({ person }: Scene, { id, e164 }: Place, scenario: Scenario): Promise<string[]> {
	const { step, kind, says, first = [], agreeing, refusing } = scenario;
	const carrier = new MapCarrier();
	carrier.refuses = says === 'refuses' && refusing === undefined;
	const faults: Fault[] = [...first];
	if (says === 'refuses' && refusing) faults.push({ step: 'buyNumber', kind: 'lost' });
	const isLate = says === 'agrees' && agreeing === 'late';
	if (isLate) faults.push({ step: 'buyNumber', kind: 'dropped' });
	if (step !== 'orderNumber') faults.push({ step, kind });

	const key = randomUUID();
	// whoever hears nothing asks again, with the same key
	if (step === 'orderNumber' && kind !== 'before') await orderNumber(sql, person, id, e164, key);
	const orderId = await orderNumber(sql, person, id, e164, key);
	const workers = new Workers(sql, database, carrier, faults);
	if (isLate) {
		await workers.attempt(orderId);
		carrier.away = true;
		while (await isOpen(orderId)) await workers.attempt(orderId);
		carrier.owned.set(e164, `order ${orderId}`);
		carrier.away = false;
	} else if (refusing && says === 'refuses') {
		await workers.attempt(orderId);
		carrier.refuses = true;
	}
	await workers.finish(orderId);

	const wrong = await wrongWith(sql, carrier, id);
	const expected = isLate || (says === 'refuses' && !refusing) ? 'released' : 'active';
	const [order] = await sql<{ status: string }[]>`select status from public.number_orders where id = ${orderId}`;
	if (order!.status !== expected) wrong.push(`it is ${order!.status}`);
	if (faults.length > 0) wrong.push(`${faults[0]!.step} was never reached`);
	return wrong.map((what) => `${step}, ${kind}, carrier ${says}: ${what}`);
}

async function isOpen(orderId: string): Promise<boolean> {
	const [order] = await sql<{ status: string }[]>`select status from public.number_orders where id = ${orderId}`;
	return order!.status === 'held' || order!.status === 'provisioning';
}

test('R4.3 whatever crashes or is lost at any step, whether the carrier agrees or refuses: one charge or none, one number or none', async () => {
	expect(scenarios).toHaveLength(48);
	const scene = await createScene(sql, env, scenarios.length);
	const wrong = await Promise.all(scenarios.map((each, at) => purchase(scene, scene.places[at]!, each)));
	expect(wrong.flat()).toEqual([]);
	expect(await wrongInBooks(scene.person)).toEqual([]);
});

/** mulberry32: the same story for the same seed. */
function chanceFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

const seeds = 16;
test('R4.3 in any interleaving of two buyers, several clicks and several workers with random faults, one at most pays and owns', async () => {
	const scene = await createScene(sql, env, seeds * 2);
	const worker = [
		'beginNumberOrder',
		'buyNumber',
		'findNumber',
		'clearNumberOrder',
		'completeNumberOrder',
		'releaseNumberOrder',
		'completeJob'
	];
	const story = async (seed: number): Promise<string[]> => {
		const chance = chanceFrom(seed);
		const pick = <Item>(list: readonly Item[]) => list[Math.floor(chance() * list.length)]!;
		const buyers = [scene.places[seed * 2]!, scene.places[seed * 2 + 1]!];
		const { e164 } = buyers[0]!;
		const carrier = new MapCarrier();
		carrier.refuses = chance() < 0.2;
		const clicks = buyers.flatMap(({ id }) =>
			Array.from({ length: 1 + Math.floor(chance() * 3) }, () =>
				// a click may find that somebody has it by now
				orderNumber(sql, scene.person, id, e164, randomUUID()).catch(() => null)
			)
		);
		const orders = [...new Set((await Promise.all(clicks)).filter((id) => id !== null))];
		const faults = (): Fault[] =>
			Array.from({ length: Math.floor(chance() * 4) }, () => ({
				step: pick(worker),
				kind: pick(['before', 'after', 'lost', 'dropped'] as const)
			}));
		// workers that take each other's jobs away, as when leases run out
		const crews = Array.from({ length: 3 }, () => new Workers(sql, database, carrier, faults()));
		await Promise.all(
			crews.map(async (crew) => {
				for (let at = 0; at < 3; at++) await crew.attempt(pick(orders));
			})
		);
		const calm = new Workers(sql, database, carrier, []);
		for (const id of orders) await calm.finish(id);
		const wrong = await Promise.all(buyers.map(({ id }) => wrongWith(sql, carrier, id)));
		const [owners] = await sql<{ n: number }[]>`
			select count(*)::int as n from public.phone_numbers where e164 = ${e164} and released_at is null`;
		const told = wrong.flat();
		if (owners!.n !== carrier.owned.size) told.push(`${owners!.n} own it here, ${carrier.owned.size} at the carrier`);
		if (!carrier.refuses && owners!.n > 1) told.push('two own it');
		return told.map((what) => `seed ${seed}: ${what}`);
	};
	const wrong = await Promise.all(Array.from({ length: seeds }, (_, seed) => story(seed)));
	expect(wrong.flat()).toEqual([]);
});
