/** The checker checked: on a database that breaks its word, the same audit has to find what is missing. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { audit } from './audit.ts';
import { kill } from './kill.ts';
import { seeded } from './random.ts';
import { noPromises, startTraffic, textIn } from './traffic.ts';
import { makeWorld } from './world.ts';

const random = seeded();

test(`where commits are answered before they are kept, the audit finds losses (seed ${random.seed})`, async () => {
	const world = await makeWorld(4);
	const { sql } = world.stack;
	const bornAt = async () => (await sql<{ at: string }[]>`select pg_postmaster_start_time()::text as at`)[0]?.at;
	try {
		// what is committed stays in the server's memory, which a killed one takes along
		await sql`alter system set synchronous_commit = off`;
		await sql`alter system set wal_writer_delay = '10s'`;
		await sql`alter system set wal_writer_flush_after = '1GB'`;
		await sql`select pg_reload_conf()`;
		await pause(300);

		let lost: string[] = [];
		for (let round = 1; round <= 6 && lost.length === 0; round += 1) {
			const promises = noPromises();
			const traffic = startTraffic(world, promises, random, [...world.conversations.keys()]);
			await pause(random.between(800, 1500));
			const before = await bornAt();
			kill(world.stack, 'postgres');
			const promised = { ...promises, acknowledged: new Map(promises.acknowledged) };
			// its children outlive a killed server for a moment, and could still take a text
			await expect.poll(() => bornAt().catch(() => before), { timeout: 30_000 }).not.toBe(before);
			// taken once the functions have found the new one
			await textIn(world, noPromises(), [...world.conversations.keys()][0]!);
			await traffic.stop();
			lost = (await audit(world, promised))['lost texts'];
			console.info(`round ${round}: ${promised.acknowledged.size} texts acknowledged, ${lost.length} of them lost`);
		}
		expect(lost.length).toBeGreaterThan(0);
	} finally {
		await world.stack.stop();
	}
});
