/** Twenty times something is killed in the middle of everything. A stack of its own, because it breaks it. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, textsOf } from '../functions/doors.ts';
import { auditWhenQuiet } from './audit.ts';
import { openBrowser, stubWindow, type Browser } from './browsers.ts';
import { kill, killable } from './kill.ts';
import { forgetDeadLeases, reconcileNow, sendingEnds } from './quiet.ts';
import { seeded } from './random.ts';
import { recovery, type Recovery } from './recovery.ts';
import { noPromises, startTraffic } from './traffic.ts';
import { makeWorld, meet, type World } from './world.ts';

const rounds = 20;
/** Seconds until everything works again after a death. It takes two or three; a busy machine starts processes slowly. */
const patience = 20;
const random = seeded();

let world: World;
let browsers: Browser[] = [];
let quiet: string[] = [];

beforeAll(async () => {
	stubWindow();
	world = await makeWorld(10);
	// one conversation a round in which nothing else is under way, to see when a fresh text and a fresh send get through
	const busy = [...world.conversations.keys()];
	for (let round = 0; round < rounds; round += 1) await meet(world);
	quiet = [...world.conversations.keys()].filter((handset) => !busy.includes(handset));
	browsers = world.people.map((person) => openBrowser(world, person));
}, 60_000);

afterAll(async () => {
	for (const browser of browsers) browser.close();
	await world?.stack.stop();
});

test(`twenty rounds of sudden deaths: nothing lost, nothing doubled, nothing unequal (seed ${random.seed})`, async () => {
	const { stack } = world;
	const promises = noPromises();
	const busy = [...world.conversations.keys()].filter((handset) => !quiet.includes(handset));
	const traffic = startTraffic(world, promises, random, busy);
	const slowest: Recovery = { acknowledged: 0, accepted: 0, seen: 0, texted: 0 };
	let workerKilledAt = new Date(0);

	for (let round = 0; round < rounds; round += 1) {
		await pause(random.between(200, 1000));
		// each in turn, so that none is spared, and now and then another with it
		const victims = [
			...new Set([killable[round % killable.length]!, ...(random.next() < 0.25 ? [random.pick(killable)] : [])])
		];
		for (const victim of victims) {
			kill(stack, victim);
			if (victim === 'worker') workerKilledAt = new Date();
		}
		// a text under way when the carrier dies has an unknown outcome and rests for twenty seconds: the fresh one comes after
		if (victims.includes('carrier')) await carrierIsBack(quiet[round]!);
		const took = await recovery(world, promises, browsers, quiet[round]!, patience);
		console.info(`round ${round + 1}: ${victims.join(' and ')} killed, back after ms`, JSON.stringify(took));
		for (const [name, ms] of Object.entries(took)) {
			slowest[name as keyof Recovery] = Math.max(slowest[name as keyof Recovery], ms);
		}
	}
	await traffic.stop();
	await forgetDeadLeases(stack, workerKilledAt);
	await sendingEnds(stack, 45);
	await reconcileNow(stack);
	const found = await auditWhenQuiet(world, promises, browsers, 20);

	const { acknowledged, accepted, answers } = promises;
	console.info(
		`seed ${random.seed}: ${acknowledged.size} texts, ${accepted.size} sends; answers`,
		Object.fromEntries(answers)
	);
	console.info('slowest to come back, ms', JSON.stringify(slowest));
	expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
	expect([...answers.keys()].filter((answer) => answer.startsWith('refused'))).toEqual([]);
	expect(Math.max(...Object.values(slowest))).toBeLessThan(patience * 1000);
});

async function carrierIsBack(handset: string): Promise<void> {
	await pause(100);
	const asked = () => textsOf(world.stack.env, handset).catch(() => null);
	await eventually(asked, (answer) => answer !== null, patience);
}
