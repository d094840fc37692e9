import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Wish = {
	/** The handler's file, from the root of the repository. */
	file: string;
	/** The function whose `deno.json` it goes by. */
	like: string;
	/** What is asked until it is answered, whatever the answer is. */
	path: string;
	method?: string;
	env: Record<string, string>;
	network?: boolean;
	/** How often it is asked while it starts, in ms. */
	every?: number;
};

/** A handler as the stack serves a function: its own Deno, the function's deno.json, nothing fetched. Answers once it does. */
export async function serve({ file, like, path, method = 'POST', env, network = false, every = 50 }: Wish) {
	const port = await freePort();
	const deno = join(createRequire(import.meta.url).resolve('deno/package.json'), '..', 'deno');
	const flags = [
		`--config=${join(root, `supabase/functions/${like}/deno.json`)}`,
		'--node-modules-dir=manual',
		'--no-remote',
		'--cached-only',
		'--no-lock',
		'--no-check',
		'--host=127.0.0.1',
		`--port=${port}`,
		'--allow-env',
		'--allow-read',
		...(network ? ['--allow-net=127.0.0.1'] : [])
	];
	const { PATH, HOME } = process.env;
	const child = spawn(deno, ['serve', ...flags, join(root, file)], {
		env: { PATH, HOME, ...env },
		stdio: ['ignore', 'ignore', 'pipe']
	});
	let said = '';
	child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
	const gone = new Promise<void>((done) => child.once('exit', () => done()));
	const url = `http://127.0.0.1:${port}${path}`;
	// the first question may meet a handler that is half there, and is never answered
	const ask = () => fetch(url, { method, signal: AbortSignal.timeout(2000) }).catch(() => null);
	while (!(await ask())) {
		if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} does not start:\n${said}`);
		await pause(every);
	}
	return {
		url,
		async stop() {
			// what still waits for a connection does not hear a milder word
			child.kill('SIGKILL');
			await gone;
		}
	};
}

function freePort(): Promise<number> {
	return new Promise((done) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address() as AddressInfo;
			server.close(() => done(port));
		});
	});
}
