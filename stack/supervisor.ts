import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildWhenMissing } from './build.ts';
import { checkPorts, claimFolder } from './claim.ts';
import { clusterOf, keepDatabase, prepareDatabase } from './database.ts';
import { clearFolder, describeStack, writePrivately } from './environment.ts';
import { registerNumbers } from './numbers.ts';
import { runPart, type Part, type RunningPart } from './part.ts';
import { builtApp, dependentParts, independentParts, type Mode } from './parts.ts';
import { dataFolder } from './postgres-host.ts';
import { endOrphan, removeCluster } from './postgres.ts';
import { table } from './table.ts';
import { watchFiles } from './watch.ts';

const notice = (text: string) => console.log(`${new Date().toLocaleTimeString('en-GB')}  ${text}`);

/**
 * Brings the whole stack up, keeps it up, and takes it down on SIGINT, SIGTERM or SIGHUP. Resolves when everything
 * answers. Fails, with nothing left running, when a port is taken, a migration was edited or a part does not start.
 */
export async function superviseStack({ mode, fresh }: { mode: Mode; fresh: boolean }): Promise<void> {
	const startedAt = performance.now();
	// by hand one wants to see it; under tests it would be in the way
	if (mode === 'dev') process.env.PLATFORM_NUMBERS ??= '+14155550110,+14155550111';
	let stack = describeStack();
	const claim = await claimFolder(stack.folder);
	if (claim.ended.length > 0) notice(`ended what a killed stack had left running: ${claim.ended.join(', ')}`);
	const environmentFile = join(stack.folder, 'environment.json');
	rmSync(environmentFile, { force: true });
	const data = dataFolder(join(stack.folder, 'postgres'), stack.name);
	await endOrphan(data);
	if (fresh) {
		await removeCluster(data);
		clearFolder(stack.folder);
		stack = describeStack();
	}

	const { logs, ports, environment } = stack;
	// each start has its own logs
	rmSync(logs, { recursive: true, force: true });
	mkdirSync(logs);
	const running: RunningPart[] = [];
	const database = keepDatabase(clusterOf(stack, data), { notice, changed: remember });
	let prepared: Promise<void> = Promise.resolve();
	let stopWatching = () => {};
	let stopping: Promise<void> | null = null;

	function remember(): void {
		const all = [database.process(), ...running.map((part) => part.process())];
		if (!stopping) claim.note(all.filter((process) => process !== null));
	}
	function start(part: Part): void {
		const afterReady = part.name === 'carrier' ? register : undefined;
		running.push(runPart({ ...part, ...(afterReady && { afterReady }) }, { logs, notice, changed: remember }));
		remember();
	}
	async function prepare(): Promise<void> {
		await database.start();
		for (const text of await prepareDatabase(stack)) notice(text);
	}
	async function register(): Promise<void> {
		await prepared;
		await registerNumbers(environment);
	}
	function stop(): Promise<void> {
		stopping ??= (async () => {
			rmSync(environmentFile, { force: true });
			stopWatching();
			await Promise.all(running.map((part) => part.stop()));
			await database.stop();
			// the CLI at its migrations, which have lost their database
			await Promise.race([prepared.catch(() => undefined), pause(5000)]);
			claim.release();
		})();
		return stopping;
	}
	// npm hands on a Ctrl-C that the terminal has sent us already: the second one changes nothing. A test that started us
	// disconnects when it is gone
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
		process.on(signal, () => void stop().then(() => process.exit(0)));
	}

	try {
		const early = independentParts(stack, mode);
		const late = [...dependentParts(stack), ...(mode === 'preview' ? [builtApp(stack)] : [])];
		const wanted = [...early, ...late].flatMap(({ name, ports }) => ports.map((port) => ({ name, port })));
		await checkPorts([{ name: 'postgres', port: ports.postgres }, ...wanted]);

		prepared = prepare();
		early.forEach(start);
		await Promise.all([prepared, mode === 'preview' ? buildWhenMissing(logs) : null]);
		if (stopping) return;
		late.forEach(start);
		await Promise.all(running.map((part) => part.ready));
	} catch (error) {
		if (stopping) return;
		await stop();
		throw error;
	}
	if (stopping) return;
	// nobody edits files under a built app, nor under a test that started us
	if (mode !== 'preview' && !process.connected) stopWatching = watchFiles(running, notice);
	writePrivately(environmentFile, environment);
	console.log(table(stack, mode, data, (performance.now() - startedAt) / 1000));
}
