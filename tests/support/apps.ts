import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePorts, type Environment } from './stack.ts';

const inStack = (file: string) => fileURLToPath(new URL(`../../stack/${file}`, import.meta.url));

/** The built app once more beside a stack's own, with other words in its environment. It ends with us. */
export async function startApp(env: Environment, words: Record<string, string>) {
	const port = await freePorts();
	const child = spawn(process.execPath, ['--import', inStack('leash.ts'), inStack('preview.ts')], {
		env: {
			...process.env,
			NODE_ENV: 'production',
			PORT: String(port),
			PUBLIC_SUPABASE_URL: env.SUPABASE_URL,
			PUBLIC_SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
			...words
		},
		stdio: ['ignore', 'pipe', 'inherit', 'ipc']
	});
	const ended = new Promise<number | null>((done) => child.once('exit', done));
	const ready = new Promise<true>((done) =>
		child.stdout?.on('data', (said: Buffer) => said.toString().includes('ready') && done(true))
	);
	if ((await Promise.race([ready, ended])) !== true) throw new Error('The app did not start.');
	return {
		url: `http://127.0.0.1:${port}`,
		async [Symbol.asyncDispose]() {
			child.kill('SIGTERM');
			await ended;
		}
	};
}
