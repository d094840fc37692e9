import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from './environment.ts';
import { migrate } from './migrations.ts';
import { connect, openEdgeRole, preparePlatform } from './platform.ts';
import { startPostgres, type Cluster, type Postgres } from './postgres.ts';
import type { Remembered } from './processes.ts';

/** Postgres kept running: started again when it dies, until it is stopped. */
export type Database = {
	start: () => Promise<void>;
	stop: () => Promise<void>;
	process: () => Remembered | null;
};

type Surroundings = { notice: (text: string) => void; changed: () => void };

/** The cluster of a stack, in the folder its data was given. */
export function clusterOf({ ports, secrets, logs }: Stack, directory: string): Cluster {
	return {
		directory,
		port: ports.postgres,
		password: secrets.superuserPassword,
		instance: secrets.instance,
		logFile: join(logs, 'postgres.log')
	};
}

export function keepDatabase(cluster: Cluster, { notice, changed }: Surroundings): Database {
	let server: Postgres | null = null;
	let starting: Promise<void> = Promise.resolve();
	let stopping = false;

	async function run(): Promise<void> {
		const mine = (server = await startPostgres(cluster));
		changed();
		void mine.exited.then(async (reason) => {
			server = null;
			changed();
			if (stopping) return;
			notice(`postgres ended (${reason}) and is started again, see ${cluster.logFile}`);
			starting = again();
			await starting;
		});
	}

	/** Orphaned backends of a killed server hold its memory for a moment, so the first tries may fail. */
	async function again(): Promise<void> {
		for (let wait = 100; !stopping; wait = Math.min(5000, wait * 2)) {
			await pause(wait);
			if (stopping) return;
			try {
				return await run();
			} catch (error) {
				notice(String(error));
			}
		}
	}

	return {
		start: () => (starting = run()),
		async stop() {
			stopping = true;
			// a start that fails has nothing to stop, and has told whoever asked for it
			await starting.catch(() => undefined);
			await server?.stop();
		},
		process: () => (server ? { name: 'postgres', pid: server.pid, born: server.born } : null)
	};
}

/** From a server that runs to a database that is served: platform, migrations, the edge functions' login. */
export async function prepareDatabase(stack: Stack): Promise<string[]> {
	const sql = connect(stack.environment.DATABASE_URL);
	try {
		await preparePlatform(sql, stack);
		const notices = await migrate(sql, stack);
		await openEdgeRole(sql, stack);
		return notices;
	} finally {
		await sql.end();
	}
}
