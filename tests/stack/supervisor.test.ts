/** What happens to the whole when its pieces die. One stack of its own, followed through its life from top to bottom. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../stack/environment.ts';
import { isRunning, type Remembered } from '../../stack/processes.ts';
import { freePorts, stackEnvironment, superviseStack } from '../support/stack.ts';

type Supervisor = ReturnType<typeof superviseStack>;

const folder = mkdtempSync(join(tmpdir(), 'cumapp-supervised-'));
const environmentFile = join(folder, 'environment.json');
const readEnvironment = () => JSON.parse(readFileSync(environmentFile, 'utf8')) as Environment;
const processes = () => JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as Remembered[];
const processOf = (name: string) => processes().find((process) => process.name === name);

let base: number;
let current: Supervisor;
const start = (words: string[] = []) => superviseStack(words, stackEnvironment(folder, base));

/** Starts on the same folder and waits until everything answers. */
async function up(): Promise<void> {
	// a killed stack leaves its own behind
	rmSync(environmentFile, { force: true });
	current = start();
	while (!existsSync(environmentFile)) {
		if (current.exitCode() !== null) throw new Error(current.output());
		await pause(50);
	}
}

/** Starts what is expected to refuse; answers what it says. */
async function refused(supervisor: Supervisor): Promise<string> {
	await supervisor.ended;
	expect(supervisor.exitCode()).toBe(1);
	return supervisor.output();
}

async function query<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	const sql = postgres(readEnvironment().DATABASE_URL, { max: 1, onnotice() {} });
	try {
		return await work(sql);
	} finally {
		await sql.end({ timeout: 1 });
	}
}

/** Whether the public door of a part answers as it should. */
const answers: Record<string, (env: Environment) => Promise<boolean>> = {
	postgres: () => query(async (sql) => (await sql`select 1 as one`)[0]?.one === 1),
	gateway: async (env) => (await ask(`${env.SUPABASE_URL}/rest/v1/organizations`)).status === 401,
	realtime: async (env) => (await ask(`${env.SUPABASE_URL}/realtime/v1/websocket`)).status !== 503,
	worker: async (env) => (await ask(`${env.SUPABASE_URL}/functions/v1/worker/health`)).status === 200,
	twilio: async (env) => (await ask(env.TWILIO_INBOUND_URL, { method: 'POST' })).status < 500,
	mail: async (env) => (await ask(`${env.MAIL_URL}/email`)).status === 200,
	carrier: async (env) => (await ask(env.CARRIER_URL)).status === 200,
	payments: async (env) => (await ask(env.PAYMENTS_URL)).status === 200
};
const ask = (url: string, init: RequestInit = {}) => fetch(url, { signal: AbortSignal.timeout(2000), ...init });
const answering = (name: string) => answers[name]!(readEnvironment()).catch(() => false);

beforeAll(async () => {
	base = await freePorts();
	await up();
}, 60_000);

afterAll(async () => {
	if (current.exitCode() === null) await current.end('SIGTERM');
	rmSync(folder, { recursive: true, force: true });
});

describe('a running stack', () => {
	test('has said where everything is, and how to sign in', () => {
		const env = readEnvironment();
		const shown = [
			env.SUPABASE_URL,
			env.MAIL_URL,
			env.CARRIER_URL,
			env.PAYMENTS_URL,
			env.DEMO_EMAIL,
			env.DEMO_PASSWORD,
			env.DEMO_NUMBER
		];
		for (const value of shown) expect(current.output()).toContain(value);
		expect(current.output()).not.toContain(env.SUPABASE_SECRET_KEY);
	});

	test('is the only one on its folder', async () => {
		expect(await refused(start())).toContain(`running on ${folder} already (pid ${current.pid})`);
	});

	test('is named, with the part, by another one that wants its ports', async () => {
		const elsewhere = mkdtempSync(join(tmpdir(), 'cumapp-elsewhere-'));
		const said = await refused(superviseStack([], stackEnvironment(elsewhere, base)));
		rmSync(elsewhere, { recursive: true });
		const { pid } = processOf('gateway')!;
		expect(said).toMatch(new RegExp(`${base + 1} \\(gateway\\) is taken by .*stack/gateway\\.ts \\(pid ${pid}\\)`));
		expect(said).toContain('STACK_PORT');
	});

	test.each(Object.keys(answers))('heals when %s is killed', async (name) => {
		const { pid } = processOf(name)!;
		process.kill(pid, 'SIGKILL');
		await expect.poll(() => processOf(name)?.pid ?? pid, { timeout: 10_000 }).not.toBe(pid);
		await expect.poll(() => answering(name), { timeout: 10_000 }).toBe(true);
		expect(current.output()).toContain(`${name} ended`);
	});

	test('answers at every door after all of that, and its clock still rings', async () => {
		for (const name of Object.keys(answers)) await expect.poll(() => answering(name), { timeout: 5000 }).toBe(true);
		const { pid } = processOf('clock')!;
		process.kill(pid, 'SIGKILL');
		await expect.poll(() => processOf('clock')?.pid ?? pid, { timeout: 10_000 }).not.toBe(pid);
	});
});

describe('a stack that comes and goes', () => {
	test('R2.6 comes back with its data after its supervisor was killed, leftovers ended', async () => {
		await query((sql) => sql`create table public.kept as select 'still here' as word`);
		const before = processes();
		const secret = readEnvironment().SUPABASE_SECRET_KEY;
		await current.end('SIGKILL');
		expect(before.filter(({ name, pid }) => name === 'postgres' && isRunning(pid))).toHaveLength(1);

		await up();
		expect(before.filter(({ pid }) => isRunning(pid))).toEqual([]);
		expect((await query((sql) => sql`select word from public.kept`))[0]!.word).toBe('still here');
		expect(readEnvironment().SUPABASE_SECRET_KEY).toBe(secret);
		await query((sql) => sql`drop table public.kept`);
	});

	test('leaves no process and no environment behind when it is interrupted, twice as npm does', async () => {
		const before = processes();
		const parts = [
			'api',
			'carrier',
			'clock',
			'gateway',
			'letters',
			'mail',
			'payments',
			'postgres',
			'push',
			'realtime',
			'stripe',
			'supervisor',
			'twilio',
			'worker'
		];
		expect(before.map(({ name }) => name).sort(), current.output()).toEqual(parts);
		process.kill(current.pid, 'SIGINT');
		await current.end('SIGINT');
		expect(current.exitCode()).toBe(0);
		expect(before.filter(({ pid }) => isRunning(pid))).toEqual([]);
		expect(existsSync(environmentFile)).toBe(false);
		expect(existsSync(join(folder, 'processes.json'))).toBe(false);
	});

	test('refuses to start on an edited migration, names it and says what helps', async () => {
		const file = join(folder, 'migrations.json');
		const noted = readFileSync(file, 'utf8');
		// the same as if the file had another text now
		writeFileSync(file, noted.replace(/("\d+_organizations\.sql": ")[0-9a-f]{8}/, '$100000000'));
		const said = await refused(start());
		expect(said).toMatch(/edited .*:\n {2}supabase\/migrations\/\d+_organizations\.sql\n.*--fresh/);
		expect(said).not.toContain('profiles.sql');
		writeFileSync(file, noted);
	});

	test('makes a data folder anew whose making was cut short, in spite of a stale pid file', async () => {
		rmSync(join(folder, 'postgres/made-by-the-stack'));
		writeFileSync(join(folder, 'postgres/postmaster.pid'), `${process.pid}\n/nowhere\n0\n1\n`);
		await up();
		await expect.poll(() => answering('gateway'), { timeout: 5000 }).toBe(true);
		expect(await query((sql) => sql`select to_regclass('public.profiles')::text as name`)).toEqual([
			{ name: 'profiles' }
		]);
	});
});
