import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The top of the repository: where supabase/, web/ and node_modules/ are. */
export const root = join(import.meta.dirname, '..');

/** Runs the Supabase CLI that npm brought, at the top of the repository. Fails with what it said when it fails. */
export async function supabase(args: string[], folder: string): Promise<string> {
	const manifest = createRequire(import.meta.url).resolve('supabase/package.json');
	const { bin } = createRequire(import.meta.url)(manifest) as { bin: string | Record<string, string> };
	const script = join(manifest, '..', typeof bin === 'string' ? bin : (bin.supabase ?? ''));
	const child = spawn(process.execPath, [script, ...args, '--workdir', root], {
		cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			...process.env,
			PGSSLMODE: 'disable',
			// it keeps to our folder and calls nobody
			SUPABASE_HOME: join(folder, 'cli'),
			SUPABASE_TELEMETRY_DISABLED: '1',
			SUPABASE_NO_UPDATE_NOTIFIER: '1',
			DO_NOT_TRACK: '1'
		}
	});
	let out = '';
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => ((out += text), (said += text)));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
	const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
	if (code !== 0) throw new Error(`supabase ${args.slice(0, 2).join(' ')} failed:\n${said.trim()}`);
	return out;
}
