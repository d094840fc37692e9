import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Environment } from '../../stack/environment.ts';
import type { Remembered } from '../../stack/processes.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';

export type { Environment };

/** A stack of a test's own: its environment, a superuser connection, and how to end it. */
export type Stack = {
	env: Environment;
	sql: postgres.Sql;
	/** its STACK_DIR */
	folder: string;
	/** the process of a part, or of postgres, that runs now */
	processOf: (name: string) => Remembered | undefined;
	/** with `wires`: what the parts have between them and Postgres, and the carrier; `env` and `sql` go around it */
	wires: Wires | null;
	/** takes it down and removes its data */
	stop: () => Promise<void>;
};

export type Wires = Record<'postgres' | 'carrier', FaultProxy>;

type Options = { app?: false | 'preview'; env?: Record<string, string>; wires?: boolean };

const main = fileURLToPath(new URL('../../stack/main.ts', import.meta.url));

/** Starts a stack on free ports and a folder of its own; resolves when everything answers, fails with what it said. */
export async function startStack({ app = false, env = {}, wires: wired = false }: Options = {}): Promise<Stack> {
	const folder = mkdtempSync(join(tmpdir(), 'cumapp-stack-'));
	const base = await freePorts();
	const wires = wired ? await startWires(base) : null;
	const supervisor = superviseStack(app ? [app] : [], {
		...stackEnvironment(folder, base),
		...(wires && { POSTGRES_VIA: String(wires.postgres.port), CARRIER_VIA: String(wires.carrier.port) }),
		...env
	});
	const file = join(folder, 'environment.json');
	while (!existsSync(file)) {
		if (supervisor.exitCode() !== null) throw new Error(`The stack did not start:\n${supervisor.output()}`);
		await pause(50);
	}
	const environment = JSON.parse(readFileSync(file, 'utf8')) as Environment;
	const sql = postgres(environment.DATABASE_URL, { max: 4, onnotice() {} });
	return {
		env: environment,
		sql,
		folder,
		processOf(name) {
			const processes = JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as Remembered[];
			return processes.find((process) => process.name === name);
		},
		wires,
		async stop() {
			await sql.end({ timeout: 1 });
			await supervisor.end('SIGTERM');
			await Promise.all([wires?.postgres.close(), wires?.carrier.close()]);
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** Postgres and the carrier stand where stack/environment.ts says: two and five after the base. */
async function startWires(base: number): Promise<Wires> {
	const [postgres, carrier] = await Promise.all([startFaultProxy(() => base + 2), startFaultProxy(() => base + 5)]);
	return { postgres, carrier };
}

/** `node stack/main.ts …` as a child that ends with us. */
export function superviseStack(words: string[], env: Record<string, string>) {
	const child = spawn(process.execPath, [main, ...words], {
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc']
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
	const ended = new Promise<void>((done) => child.once('exit', () => done()));
	return {
		pid: child.pid!,
		output: () => said,
		exitCode: () => child.exitCode ?? (child.signalCode ? 1 : null),
		ended,
		async end(signal: NodeJS.Signals) {
			child.kill(signal);
			await ended;
		}
	};
}

/** What places a stack somewhere of its own. */
export function stackEnvironment(folder: string, base: number): Record<string, string> {
	return { STACK_DIR: folder, STACK_PORT: String(base), PORT: String(base + 30) };
}

/** The base of a row of ports nobody has, below the range that systems give out themselves. */
export async function freePorts(): Promise<number> {
	for (;;) {
		const base = 20_000 + Math.floor(Math.random() * 240) * 50;
		const free = await Promise.all(Array.from({ length: 31 }, (_, offset) => isFree(base + offset)));
		if (free.every(Boolean)) return base;
	}
}

function isFree(port: number): Promise<boolean> {
	return new Promise((done) => {
		const server = createServer();
		server.once('error', () => done(false));
		server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
	});
}
