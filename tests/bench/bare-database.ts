import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { clusterOf, prepareDatabase } from '../../stack/database.ts';
import { describeStack } from '../../stack/environment.ts';
import { dataFolder } from '../../stack/postgres-host.ts';
import { removeCluster, startPostgres } from '../../stack/postgres.ts';
import type { Stack } from '../support/stack.ts';
import { freePorts } from '../support/stack.ts';

/** The product's database alone on a cluster of its own: nobody listens, rings or reads beside the measurement. */
export async function startDatabase(): Promise<Pick<Stack, 'env' | 'sql' | 'stop'>> {
	const folder = mkdtempSync(join(tmpdir(), 'cumapp-bench-'));
	const stack = describeStack({ STACK_DIR: folder, STACK_PORT: String(await freePorts()) });
	const data = dataFolder(join(folder, 'postgres'), stack.name);
	const server = await startPostgres(clusterOf(stack, data));
	const sql = postgres(stack.environment.DATABASE_URL, { max: 1, onnotice() {} });
	const stop = async () => {
		await sql.end({ timeout: 1 });
		await server.stop();
		await removeCluster(data);
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		await prepareDatabase(stack);
	} catch (error) {
		await stop();
		throw error;
	}
	return { env: stack.environment, sql, stop };
}
