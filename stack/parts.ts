import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './cli.ts';
import type { Stack } from './environment.ts';
import { functionPart, functionPorts } from './functions.ts';
import type { Part } from './part.ts';

export type Mode = 'alone' | 'dev' | 'preview';

/** Parts that need nothing else: they start while the database does. */
export function independentParts(stack: Stack, mode: Mode): Part[] {
	const { ports, environment, folder } = stack;
	return present([
		{
			name: 'mail',
			ports: [ports.mail, ports.smtp],
			command: [join(root, 'stack/mail.ts')],
			env: { PORT: String(ports.mail), SMTP_PORT: String(ports.smtp), MAIL_FOLDER: join(folder, 'mail') },
			ready: 'line',
			watch: ['stack/mail.ts']
		},
		{
			name: 'carrier',
			ports: [ports.carrier],
			command: [join(root, 'stack/carrier/main.ts')],
			env: {
				PORT: String(ports.carrier),
				// what the account's functions call it: files have addresses beneath it
				CARRIER_URL: stack.inside.carrierUrl,
				STACK_DIR: folder,
				TWILIO_ACCOUNT_SID: environment.TWILIO_ACCOUNT_SID,
				TWILIO_AUTH_TOKEN: environment.TWILIO_AUTH_TOKEN
			},
			ready: 'line',
			watch: ['stack/carrier']
		},
		{
			name: 'payments',
			ports: [ports.payments],
			command: [join(root, 'stack/payments/main.ts')],
			env: {
				PORT: String(ports.payments),
				PAYMENTS_URL: environment.PAYMENTS_URL,
				STACK_DIR: folder,
				STRIPE_SECRET_KEY: environment.STRIPE_SECRET_KEY,
				STRIPE_WEBHOOK_SECRET: environment.STRIPE_WEBHOOK_SECRET,
				STRIPE_WEBHOOK_URL: environment.STRIPE_WEBHOOK_URL
			},
			ready: 'line',
			watch: ['stack/payments', 'stack/carrier/input.ts', 'stack/carrier/same-origin.ts', 'stack/carrier/timers.ts']
		},
		{
			name: 'push',
			ports: [ports.push],
			command: [join(root, 'stack/push/main.ts')],
			env: { PORT: String(ports.push), PUSH_URL: environment.PUSH_URL },
			ready: 'line',
			watch: ['stack/push']
		},
		...(mode === 'dev' ? [devApp(stack)] : [])
	]);
}

/** Parts that expect a migrated database. */
export function dependentParts(stack: Stack): Part[] {
	const { ports, environment, inside, folder } = stack;
	const functions = functionPorts(stack);
	const keys = {
		SUPABASE_JWT_SECRET: environment.SUPABASE_JWT_SECRET,
		SUPABASE_PUBLISHABLE_KEY: environment.SUPABASE_PUBLISHABLE_KEY
	};
	return present([
		{
			name: 'gateway',
			ports: [ports.gateway],
			command: [join(root, 'stack/gateway.ts')],
			env: {
				PORT: String(ports.gateway),
				DATABASE_URL: inside.databaseUrl,
				AUTH_DATABASE_URL: inside.authUrl,
				...keys,
				SUPABASE_SECRET_KEY: environment.SUPABASE_SECRET_KEY,
				SITE_URL: environment.APP_URL,
				SMTP_PORT: String(ports.smtp),
				STORAGE_DIR: join(folder, 'storage'),
				REALTIME_PORT: String(ports.realtime),
				FUNCTION_PORTS: JSON.stringify(functions)
			},
			ready: 'line',
			watch: [
				'stack/gateway.ts',
				'stack/proxy.ts',
				'stack/lite.ts',
				'stack/renewal.ts',
				'stack/wires.ts',
				'stack/auth',
				'stack/storage',
				'stack/config.ts',
				'stack/realtime/token.ts',
				'supabase/config.toml'
			]
		},
		{
			name: 'realtime',
			ports: [ports.realtime],
			command: [join(root, 'stack/realtime/main.ts')],
			env: { PORT: String(ports.realtime), DATABASE_URL: inside.databaseUrl, ...keys },
			ready: 'line',
			watch: ['stack/realtime', 'stack/wires.ts']
		},
		{
			name: 'clock',
			ports: [],
			command: [join(root, 'stack/clock.ts')],
			env: { DATABASE_URL: inside.databaseUrl },
			ready: 'line',
			watch: ['stack/clock.ts']
		},
		...Object.entries(functions).map(([name, port]) => functionPart(name, port, stack))
	]);
}

/** The app by vite, which watches its own files. */
function devApp(stack: Stack): Part {
	const port = stack.ports.app;
	return {
		name: 'app',
		ports: [port],
		command: [vite(), '--host', '127.0.0.1', '--port', String(port), '--strictPort', '--clearScreen', 'false'],
		env: appEnvironment(stack),
		ready: 'http'
	};
}

/** The app as it was built. */
export function builtApp(stack: Stack): Part {
	return {
		name: 'app',
		ports: [stack.ports.app],
		command: [join(root, 'stack/preview.ts')],
		env: { ...appEnvironment(stack), NODE_ENV: 'production' },
		ready: 'http'
	};
}

/** Where vite's own program is. */
export function vite(): string {
	return join(createRequire(import.meta.url).resolve('vite/package.json'), '../bin/vite.js');
}

function appEnvironment({ environment, ports }: Stack): Record<string, string> {
	return {
		PORT: String(ports.app),
		PUBLIC_SUPABASE_URL: environment.SUPABASE_URL,
		PUBLIC_SUPABASE_PUBLISHABLE_KEY: environment.SUPABASE_PUBLISHABLE_KEY,
		SUPABASE_SECRET_KEY: environment.SUPABASE_SECRET_KEY,
		PAYMENTS_URL: environment.PAYMENTS_URL,
		VAPID_PUBLIC_KEY: environment.VAPID_PUBLIC_KEY,
		OPERATORS_KEYS: environment.OPERATORS_KEYS
	};
}

/** A part whose program is not in the repository is left out. */
function present(parts: Part[]): Part[] {
	return parts.filter(({ command: [program = ''] }) => existsSync(program));
}
