/** Files and rows after the server was killed in the middle of everything. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@supabase/supabase-js';
import { expect, onTestFinished, test } from 'vitest';
import { createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { createBucket } from './shelf.ts';

const { env, sql } = stack;
const program = fileURLToPath(new URL('../../stack/gateway.ts', import.meta.url));

/** A gateway of this test's own on the shared database, with files of its own. */
async function startGateway(folder: string, port: number): Promise<ChildProcess> {
	const child = spawn(process.execPath, [program], {
		env: {
			...process.env,
			...env,
			PORT: String(port),
			AUTH_DATABASE_URL: env.DATABASE_URL,
			SITE_URL: env.APP_URL,
			SMTP_PORT: '1',
			REALTIME_PORT: '1',
			FUNCTION_PORTS: '{}',
			STORAGE_DIR: folder
		},
		stdio: ['ignore', 'pipe', 'inherit']
	});
	onTestFinished(() => void child.kill('SIGKILL'));
	await new Promise<void>((done) => child.stdout!.on('data', (said: Buffer) => said.includes('ready') && done()));
	return child;
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	await new Promise((done) => server.close(done));
	return port;
}

test('kill -9 among uploads, replacements and removals: every row has its whole file, and no file is left over', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'cumapp-storage-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const [bucket, person, port] = await Promise.all([createBucket(), createPerson(sql, env), freePort()]);
	const client = createClient(`http://127.0.0.1:${port}`, env.SUPABASE_PUBLISHABLE_KEY, {
		accessToken: () => Promise.resolve(person.accessToken)
	});
	const shelf = client.storage.from(bucket);
	const acknowledged = new Map<string, string>();

	for (let round = 0; round < 2; round++) {
		let done = 0;
		const gateway = await startGateway(folder, port);
		let stopped = false;
		const hands = Array.from({ length: 6 }, async (_, hand) => {
			for (let i = 0; !stopped; i++) {
				const name = `${person.userId}/${round}-${hand}-${i % 4}`;
				const content = randomBytes(100_000);
				acknowledged.delete(name);
				if (i % 7 === 6) await shelf.remove([name]);
				else if (!(await shelf.upload(name, new Blob([content]), { upsert: true })).error)
					acknowledged.set(name, createHash('md5').update(content).digest('hex'));
				done++;
			}
		});
		while (done < 40) await pause(5);
		await pause(round * 7);
		gateway.kill('SIGKILL');
		stopped = true;
		await Promise.all(hands);
	}

	const last = await startGateway(folder, port);
	const rows = await sql<{ name: string; version: string; metadata: { eTag: string; size: number } }[]>`
		select name, version, metadata from storage.objects where bucket_id = ${bucket}`;
	for (const { version, metadata } of rows) {
		const content = readFileSync(join(folder, version.slice(0, 2), version));
		expect(content).toHaveLength(metadata.size);
		expect(`"${createHash('md5').update(content).digest('hex')}"`).toBe(metadata.eTag);
	}
	expect(acknowledged.size).toBeGreaterThan(12);
	for (const [name, md5] of acknowledged)
		expect(rows.find((row) => row.name === name)?.metadata.eTag, name).toBe(`"${md5}"`);
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 2);
	expect(files.map((name) => name.slice(3)).sort()).toEqual(rows.map(({ version }) => version).sort());
	last.kill('SIGKILL');
}, 120_000);
