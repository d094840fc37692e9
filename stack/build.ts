import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './cli.ts';
import { tail } from './part.ts';
import { vite } from './parts.ts';

/** Builds the app when there is no build. Fails with the end of the log when it cannot be built. */
export async function buildWhenMissing(logs: string): Promise<void> {
	if (existsSync(join(root, 'build/handler.js'))) return;
	const logFile = join(logs, 'build.log');
	const log = openSync(logFile, 'w');
	const leash = new URL('leash.ts', import.meta.url).href;
	const child = spawn(process.execPath, ['--import', leash, vite(), 'build', '--logLevel', 'warn'], {
		cwd: root,
		stdio: ['ignore', log, log, 'ipc']
	});
	closeSync(log);
	const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('exit', done));
	if (code !== 0) throw new Error(`The app could not be built:\n${tail(logFile, 30)}`);
}
