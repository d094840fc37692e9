import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readJson, writePrivately } from './environment.ts';
import { bornAt, endRemembered, holderOf, isRunning, type Remembered } from './processes.ts';

/** Notes of who runs on a data folder, so that the next start can clean up after a killed one. */
export type Claim = { note: (processes: Remembered[]) => void; release: () => void };

/**
 * Takes a data folder for this process. What a killed supervisor left running is ended first; its names are returned.
 * Fails when another supervisor is alive on the folder.
 */
export async function claimFolder(folder: string): Promise<Claim & { ended: string[] }> {
	const file = join(folder, 'processes.json');
	const [supervisor, ...parts] = readJson<Remembered[]>(file) ?? [];
	if (supervisor && isRunning(supervisor.pid) && bornAt(supervisor.pid) === supervisor.born) {
		throw new Error(
			`A stack is running on ${folder} already (pid ${supervisor.pid}). Stop it, or set STACK_DIR and STACK_PORT.`
		);
	}
	const self: Remembered = { name: 'supervisor', pid: process.pid, born: bornAt(process.pid) };
	const note = (processes: Remembered[]) => writePrivately(file, [self, ...processes]);
	// Postgres is ended where its folder is known, by the signal it wants
	const ended = await endRemembered(parts.filter(({ name }) => name !== 'postgres'));
	note([]);
	return { ended, note, release: () => rmSync(file, { force: true }) };
}

/**
 * Fails with a sentence that names each port in use, what it is for and who has it. Waits a second first: systems hand out
 * ports of this range to passing connections as well.
 */
export async function checkPorts(wanted: { port: number; name: string }[]): Promise<void> {
	let taken = wanted;
	for (const until = Date.now() + 1000; ; await pause(100)) {
		const free = await Promise.all(taken.map(({ port }) => isFree(port)));
		taken = taken.filter((_, index) => !free[index]);
		if (taken.length === 0) return;
		if (Date.now() > until) break;
	}
	const lines = taken.map(
		({ port, name }) => `  ${port} (${name}) is taken by ${holderOf(port) ?? 'a process we cannot see'}`
	);
	throw new Error(
		`${lines.join('\n')}\nStop it, or choose other ports with STACK_PORT (the stack's) and PORT (the app's).`
	);
}

function isFree(port: number): Promise<boolean> {
	return new Promise((done) => {
		const server = createServer();
		server.once('error', () => done(false));
		server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
	});
}
