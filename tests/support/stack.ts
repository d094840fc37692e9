import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Environment } from '../../stack/environment.ts';

export type { Environment };

/** A stack of a test's own: its environment, a superuser connection, and how to end it. */
export type Stack = {
	env: Environment;
	sql: postgres.Sql;
	/** its STACK_DIR */
	folder: string;
	/** takes it down and removes its data */
	stop: () => Promise<void>;
};

type Options = { app?: false | 'preview'; env?: Record<string, string> };

const main = fileURLToPath(new URL('../../stack/main.ts', import.meta.url));

/** Starts a stack on free ports and a folder of its own; resolves when everything answers, fails with what it said. */
export async function startStack({ app = false, env = {} }: Options = {}): Promise<Stack> {
	const folder = mkdtempSync(join(tmpdir(), 'cumapp-stack-'));
	const base = await freePorts();
	const supervisor = superviseStack(app ? [app] : [], { ...stackEnvironment(folder, base), ...env });
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
		async stop() {
			await sql.end({ timeout: 1 });
			await supervisor.end('SIGTERM');
			rmSync(folder, { recursive: true, force: true });
		}
	};
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
