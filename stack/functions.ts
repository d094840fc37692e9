import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './cli.ts';
import { functionEnvironment, functions, type Stack } from './environment.ts';
import type { Part } from './part.ts';

/** The edge functions that exist in the repository, by name. */
export function functionNames(): (keyof typeof functions)[] {
	const names = Object.keys(functions) as (keyof typeof functions)[];
	return names.filter((name) => existsSync(join(folderOf(name), 'index.ts')));
}

/**
 * One edge function as hosted runs it: a process of its own with its own deno.json, packages from what npm brought, no
 * network but this machine.
 */
export function functionPart(name: keyof typeof functions, stack: Stack): Part {
	const port = stack.ports[name];
	const flags = [
		`--config=${join(folderOf(name), 'deno.json')}`,
		// on the command line and not in deno.json: `supabase functions deploy` wants a plain one
		'--node-modules-dir=manual',
		'--no-remote',
		'--cached-only',
		'--no-lock',
		'--host=127.0.0.1',
		`--port=${port}`,
		'--allow-net=127.0.0.1',
		'--allow-env',
		`--allow-read=${join(root, 'supabase/functions')},${join(root, 'node_modules')}`
	];
	return {
		name,
		ports: [port],
		command: [deno(), 'serve', ...flags, join(folderOf(name), 'index.ts')],
		// hosted hands over its own and the project's secrets, nothing of the machine
		env: { ...machine(stack), ...functionEnvironment(stack) },
		bareEnvironment: true,
		ready: 'port',
		watch: ['supabase/functions/_shared', `supabase/functions/${name}`]
	};
}

/** The native binary, so that there is no process in between; its install script put it beside its package. */
function deno(): string {
	const folder = join(createRequire(import.meta.url).resolve('deno/package.json'), '..');
	const binary = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno');
	if (!existsSync(binary))
		throw new Error('deno is not installed: run `npm ci` (its install script has to be allowed)');
	return binary;
}

function machine({ folder }: Stack): Record<string, string> {
	const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot'].map((name) => [name, process.env[name]]);
	return {
		...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
		DENO_DIR: join(folder, 'deno'),
		DENO_NO_UPDATE_CHECK: '1'
	};
}

function folderOf(name: string): string {
	return join(root, 'supabase/functions', name);
}
