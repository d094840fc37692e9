import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './cli.ts';
import { functionEnvironment, type Stack } from './environment.ts';
import type { Part } from './part.ts';

/** Ports go by place in this list; a function that is not in it comes after, by name. */
const known = ['twilio', 'worker', 'api', 'stripe', 'letters'];

/** The edge functions of the repository, each with its own port. */
export function functionPorts({ ports }: Stack): Record<string, number> {
	const names = readdirSync(join(root, 'supabase/functions')).filter((name) =>
		existsSync(join(folderOf(name), 'index.ts'))
	);
	const places = [...known, ...names.filter((name) => !known.includes(name)).sort()];
	return Object.fromEntries(names.map((name) => [name, ports.functions + places.indexOf(name)]));
}

/**
 * One edge function as hosted runs it: a process of its own with its own deno.json, packages from what npm brought, no
 * network but this machine.
 */
export function functionPart(name: string, port: number, stack: Stack): Part {
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
