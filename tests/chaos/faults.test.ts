/** The wires before Postgres and before the carrier fail. A stack of its own, with proxies in between. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WireFault } from '../support/fault-proxy.ts';
import type { Wires } from '../support/stack.ts';
import { audit, auditWhenQuiet } from './audit.ts';
import { openBrowser, stubWindow, type Browser } from './browsers.ts';
import { reconcileNow, sendingEnds } from './quiet.ts';
import { seeded } from './random.ts';
import { recovery, type Recovery } from './recovery.ts';
import { noPromises, startTraffic } from './traffic.ts';
import { makeWorld, meet, type World } from './world.ts';

/** Seconds after the end of a fault in which everything should work again; four times as long and it has failed. */
const patience = 5;
const random = seeded();
const promises = noPromises();
let world: World;
let browsers: Browser[] = [];
let busy: string[] = [];
/** Conversations in which nothing else is under way, one for each fault. */
const quiet: string[] = [];

beforeAll(async () => {
	stubWindow();
	world = await makeWorld(10, { wires: true });
	busy = [...world.conversations.keys()];
	for (let count = 0; count < faults.length; count += 1) quiet.push(await meet(world));
	browsers = world.people.map((person) => openBrowser(world, person));
}, 60_000);

afterAll(async () => {
	for (const browser of browsers) browser.close();
	await world?.stack.stop();
});

const faults: { wire: keyof Wires; fault: WireFault; ms: number }[] = [
	{ wire: 'postgres', fault: { kind: 'latency', ms: 150 }, ms: 2000 },
	{ wire: 'postgres', fault: { kind: 'cut' }, ms: 4000 },
	{ wire: 'postgres', fault: { kind: 'blackhole' }, ms: 4000 },
	{ wire: 'postgres', fault: { kind: 'silent' }, ms: 6000 },
	{ wire: 'carrier', fault: { kind: 'latency', ms: 300 }, ms: 2000 },
	{ wire: 'carrier', fault: { kind: 'cut' }, ms: 4000 },
	{ wire: 'carrier', fault: { kind: 'blackhole' }, ms: 4000 },
	{ wire: 'carrier', fault: { kind: 'silent' }, ms: 4000 }
];

test.each(faults)(
	'$fault.kind before $wire: nothing fails open, all is well soon after',
	async ({ wire, fault, ms }) => {
		await until(() => browsers.every(({ live }) => live.state === 'live'));
		const { set } = world.stack.wires![wire];
		const traffic = startTraffic(world, promises, random, busy);
		try {
			const handset = quiet.shift()!;
			// what this machine needs now for the same with nothing in the way
			const usual = slowestOf(await recovery(world, promises, browsers, handset, 4 * patience));
			set(fault);
			await pause(ms);
			// what was promised while it lasts is kept, seen from beside the fault: a 200 is stored, a sent text has left
			const meanwhile = await audit(world, promises);
			set(null);
			const took = await recovery(world, promises, browsers, handset, 4 * patience);
			// how soon is a figure of the machine as well, so it is told, not asserted; that it comes back by itself is asserted
			const inTime = slowestOf(took) < usual + patience * 1000 ? 'within' : 'NOT within';
			console.info(
				`${fault.kind} before ${wire}: well again ${inTime} ${patience} s of the usual ${usual} ms`,
				JSON.stringify(took)
			);
			// at this point `recovery` has given up
			expect(slowestOf(took), 'it comes back by itself').toBeLessThan(4 * patience * 1000);
			for (const wrong of ['lost texts', 'lost sends', 'sent by word alone'] as const) {
				expect(meanwhile[wrong], wrong).toEqual([]);
			}
		} finally {
			set(null);
			await traffic.stop();
		}
	}
);

test(`after all of them nothing is lost, doubled or unequal (seed ${random.seed})`, async () => {
	await sendingEnds(world.stack, 60);
	await reconcileNow(world.stack);
	const found = await auditWhenQuiet(world, promises, browsers, 20);
	console.info(
		`${promises.acknowledged.size} texts, ${promises.accepted.size} sends`,
		Object.fromEntries(promises.answers)
	);
	expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
});

function slowestOf(took: Recovery): number {
	return Math.max(...Object.values(took));
}

async function until(look: () => boolean): Promise<void> {
	for (const end = Date.now() + 10_000; !look() && Date.now() < end;) await pause(25);
}
