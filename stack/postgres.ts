import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findBinaries, give, identityForPostgres, type Binaries, type Identity } from './postgres-host.ts';
import { bornAt, commandOf, end, isRunning } from './processes.ts';

/** A running Postgres 17. `url` is the superuser's; `exited` settles with the reason when it ends, asked or not. */
export type Postgres = { pid: number; born: string; url: string; exited: Promise<string>; stop: () => Promise<void> };

/** Where a cluster lives and how it is reached. `instance` names its secrets: a folder made with others is thrown away. */
export type Cluster = { directory: string; port: number; password: string; instance: string; logFile: string };

const superuser = 'supabase_admin';
const marker = 'made-by-the-stack';

/**
 * Starts Postgres on a folder, making the cluster first when there is none (or half of one), and ending whoever an
 * earlier, killed stack left running on it. Resolves when it takes connections.
 * Fails with the server's own words when it does not start.
 */
export async function startPostgres(cluster: Cluster): Promise<Postgres> {
	const identity = identityForPostgres();
	const binaries = await findBinaries(identity);
	await endOrphan(cluster.directory);
	if (!isComplete(cluster)) await makeCluster(cluster, binaries, identity);

	const url = `postgresql://${superuser}:${cluster.password}@127.0.0.1:${cluster.port}/postgres`;
	const log = openSync(cluster.logFile, 'a');
	const from = statSync(cluster.logFile).size;
	// its own process group: Ctrl-C goes to the supervisor alone, which stops the database last
	const child = spawn(binaries.postgres, ['-D', cluster.directory, ...settings(cluster.port)], {
		...identity,
		cwd: cluster.directory,
		detached: true,
		stdio: ['ignore', log, log]
	});
	closeSync(log);
	const exited = new Promise<string>((done) => {
		child.once('error', (error) => done(error.message));
		child.once('exit', (code, signal) => done(lastWords(cluster.logFile, from) || `exit ${code ?? signal}`));
	});
	let over: string | null = null;
	void exited.then((reason) => (over = reason));
	while (!isReady(cluster.directory, child.pid)) {
		if (over !== null) throw new Error(`Postgres did not start: ${over}`);
		await pause(20);
	}
	const pid = child.pid ?? 0;
	const stop = async () => {
		await end(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
		await exited;
	};
	return { pid, born: bornAt(pid), url, exited, stop };
}

/** Removes a cluster and everything in it. */
export async function removeCluster(directory: string): Promise<void> {
	await endOrphan(directory);
	rmSync(directory, { recursive: true, force: true });
}

/** True when the folder holds a cluster whose making was finished, with the secrets we have. */
export function isComplete({ directory, instance }: Pick<Cluster, 'directory' | 'instance'>): boolean {
	const file = join(directory, marker);
	return existsSync(file) && readFileSync(file, 'utf8').trim() === instance;
}

function settings(port: number): string[] {
	const values = {
		port,
		listen_addresses: '127.0.0.1',
		unix_socket_directories: '',
		max_connections: 100,
		shared_buffers: '256MB',
		timezone: 'UTC',
		log_timezone: 'UTC',
		log_line_prefix: '%m [%p] %q%u ',
		// a statement that fails holds the words of a text, or a code
		log_min_error_statement: 'panic',
		// a developer's restart should not wait for a spread checkpoint
		checkpoint_timeout: '15min',
		max_wal_size: '2GB',
		// after a crash: one order to the system instead of one for each of 1,500 files, which takes seconds on a busy disk
		...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' })
	};
	return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function makeCluster(cluster: Cluster, { initdb }: Binaries, identity: Identity): Promise<void> {
	const { directory, password, instance, logFile } = cluster;
	await removeCluster(directory);
	mkdirSync(directory, { mode: 0o700 });
	const passwordFile = `${directory}.password`;
	writeFileSync(passwordFile, password, { mode: 0o600 });
	for (const path of [directory, passwordFile]) give(path, identity);
	const log = openSync(logFile, 'a');
	try {
		await new Promise<void>((done, fail) => {
			// C.UTF-8 of the server's own making: the same order on every machine
			const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
			const auth = ['--auth=scram-sha-256', `--username=${superuser}`, `--pwfile=${passwordFile}`];
			const child = spawn(initdb, ['-D', directory, ...locale, ...auth, '--no-sync', '--no-instructions'], {
				...identity,
				cwd: directory,
				stdio: ['ignore', log, log]
			});
			child.once('error', fail);
			child.once('exit', (code) => (code === 0 ? done() : fail(new Error(`initdb failed, see ${logFile}`))));
		});
	} finally {
		closeSync(log);
		rmSync(passwordFile, { force: true });
	}
	// written last: a folder without it is half made and is made again
	writeFileSync(join(directory, marker), instance);
	give(join(directory, marker), identity);
}

/**
 * A killed supervisor leaves Postgres running, and its pid file behind: ends it, if the pid is still the one that serves
 * this folder; if not, removes the file, which would keep a new server from starting when a stranger has the pid now.
 */
export async function endOrphan(directory: string): Promise<void> {
	const pid = Number(postmaster(directory)[0]);
	if (!pid) return;
	const command = isRunning(pid) ? commandOf(pid) : '';
	if (command.includes('postgres') && command.includes(directory)) await end(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
	rmSync(join(directory, 'postmaster.pid'), { force: true });
}

/** The lines of postmaster.pid: pid, folder, start, port, socket folder, address, shared memory, status. */
function postmaster(directory: string): string[] {
	try {
		return readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
	} catch {
		return []; // not running
	}
}

/** What pg_ctl waits for as well: the server notes its own readiness in its pid file. */
function isReady(directory: string, pid: number | undefined): boolean {
	const lines = postmaster(directory);
	return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

function lastWords(logFile: string, from: number): string {
	const lines = readFileSync(logFile).subarray(from).toString('utf8').split('\n');
	return lines
		.filter((line) => /FATAL|PANIC|HINT/.test(line))
		.slice(-3)
		.join(' ');
}
