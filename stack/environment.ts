import { createECDH, createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What `<STACK_DIR>/environment.json` holds: everything a script or a test needs to talk to the running stack. */
export type Environment = Record<
	| 'APP_URL'
	| 'SUPABASE_URL'
	| 'SUPABASE_PUBLISHABLE_KEY'
	| 'SUPABASE_SECRET_KEY'
	| 'SUPABASE_JWT_SECRET'
	| 'DATABASE_URL'
	| 'EDGE_DATABASE_URL'
	| 'MAIL_URL'
	| 'CARRIER_URL'
	| 'TWILIO_ACCOUNT_SID'
	| 'TWILIO_AUTH_TOKEN'
	| 'TWILIO_INBOUND_URL'
	| 'TWILIO_STATUS_URL'
	| 'PAYMENTS_URL'
	| 'STRIPE_SECRET_KEY'
	| 'STRIPE_WEBHOOK_SECRET'
	| 'STRIPE_WEBHOOK_URL'
	| 'PUSH_URL'
	| 'VAPID_PUBLIC_KEY'
	| 'OPERATORS_KEYS'
	| 'WORKER_URL'
	| 'WORKER_SECRET'
	| 'DEMO_EMAIL'
	| 'DEMO_PASSWORD'
	| 'DEMO_NUMBER',
	string
>;

/** Random per data folder, made once. `instance` names them: a database made with others is not ours. */
export type Secrets = Record<
	| 'instance'
	| 'superuserPassword'
	| 'postgresPassword'
	| 'authPassword'
	| 'edgePassword'
	| 'jwtSecret'
	| 'publishableKey'
	| 'secretKey'
	| 'twilioAccountSid'
	| 'twilioAuthToken'
	| 'stripeSecretKey'
	| 'stripeWebhookSecret'
	| 'vapidPrivateKey'
	| 'operatorsKey'
	| 'workerSecret',
	string
>;

/** Where this stack stands: its folder, its ports, its addresses, its secrets. */
export type Stack = ReturnType<typeof describeStack>;

/**
 * Reads PORT, STACK_PORT and STACK_DIR, makes the folder and its secrets when they are missing. POSTGRES_VIA and
 * CARRIER_VIA are ports through which the parts reach Postgres and the carrier, when something stands before them.
 */
export function describeStack(env: NodeJS.ProcessEnv = process.env) {
	const base = port(env, 'STACK_PORT', 54320);
	const ports = {
		app: port(env, 'PORT', 5173),
		gateway: base + 1,
		postgres: base + 2,
		mail: base + 4,
		carrier: base + 5,
		smtp: base + 6,
		realtime: base + 7,
		payments: base + 8,
		push: base + 9,
		/** the first of the edge functions' */
		functions: base + 11
	};
	const folder = resolve(env.STACK_DIR || '.stack');
	const secrets = loadSecrets(folder);
	const url = (port: number) => `http://127.0.0.1:${port}`;
	const via = {
		postgres: port(env, 'POSTGRES_VIA', ports.postgres),
		carrier: port(env, 'CARRIER_VIA', ports.carrier)
	};
	const database = (role: string, password: string, at = ports.postgres) =>
		`postgresql://${role}:${password}@127.0.0.1:${at}/postgres`;
	const environment: Environment = {
		APP_URL: url(ports.app),
		SUPABASE_URL: url(ports.gateway),
		SUPABASE_PUBLISHABLE_KEY: secrets.publishableKey,
		SUPABASE_SECRET_KEY: secrets.secretKey,
		SUPABASE_JWT_SECRET: secrets.jwtSecret,
		DATABASE_URL: database('supabase_admin', secrets.superuserPassword),
		EDGE_DATABASE_URL: database('edge', secrets.edgePassword),
		MAIL_URL: url(ports.mail),
		CARRIER_URL: url(ports.carrier),
		TWILIO_ACCOUNT_SID: secrets.twilioAccountSid,
		TWILIO_AUTH_TOKEN: secrets.twilioAuthToken,
		TWILIO_INBOUND_URL: `${url(ports.gateway)}/functions/v1/twilio/inbound`,
		TWILIO_STATUS_URL: `${url(ports.gateway)}/functions/v1/twilio/status`,
		PAYMENTS_URL: url(ports.payments),
		STRIPE_SECRET_KEY: secrets.stripeSecretKey,
		STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
		STRIPE_WEBHOOK_URL: `${url(ports.gateway)}/functions/v1/stripe`,
		PUSH_URL: url(ports.push),
		VAPID_PUBLIC_KEY: publicKeyOf(secrets.vapidPrivateKey),
		OPERATORS_KEYS: `local:${secrets.operatorsKey}`,
		WORKER_URL: `${url(ports.gateway)}/functions/v1/worker`,
		WORKER_SECRET: secrets.workerSecret,
		DEMO_EMAIL: 'noor@tidewater.example',
		DEMO_PASSWORD: 'slow tide, quick heron',
		DEMO_NUMBER: '+14155550142'
	};
	return {
		folder,
		logs: join(folder, 'logs'),
		/** names the folder in a path outside of it */
		name: createHash('sha256').update(folder).digest('hex').slice(0, 12),
		ports,
		secrets,
		environment,
		/** what the parts connect to; `environment` has the same without what may stand before it */
		inside: {
			databaseUrl: database('supabase_admin', secrets.superuserPassword, via.postgres),
			postgresUrl: database('postgres', secrets.postgresPassword, via.postgres),
			authUrl: database('supabase_auth_admin', secrets.authPassword, via.postgres),
			edgeUrl: database('edge', secrets.edgePassword, via.postgres),
			carrierUrl: url(via.carrier)
		},
		/** a hosted project's own login, as migrations run */
		postgresUrl: database('postgres', secrets.postgresPassword)
	};
}

/** What an edge function finds in its environment, named and shaped as on hosted Supabase, plus our own secrets. */
export function functionEnvironment({ environment, inside, ports, secrets }: Stack): Record<string, string> {
	const own = [
		...(['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_INBOUND_URL', 'TWILIO_STATUS_URL'] as const),
		...(['PAYMENTS_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'VAPID_PUBLIC_KEY'] as const)
	];
	return {
		SUPABASE_URL: environment.SUPABASE_URL,
		SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: environment.SUPABASE_PUBLISHABLE_KEY }),
		SUPABASE_SECRET_KEYS: JSON.stringify({ default: environment.SUPABASE_SECRET_KEY }),
		SUPABASE_DB_URL: inside.postgresUrl,
		EDGE_DATABASE_URL: inside.edgeUrl,
		TOKEN_SIGNING_KEY: JSON.stringify({
			kty: 'oct',
			alg: 'HS256',
			k: Buffer.from(environment.SUPABASE_JWT_SECRET).toString('base64url')
		}),
		...Object.fromEntries(own.map((name) => [name, environment[name]])),
		CARRIER_URL: inside.carrierUrl,
		WORKER_SECRET: environment.WORKER_SECRET,
		VAPID_PRIVATE_KEY: secrets.vapidPrivateKey,
		VAPID_SUBJECT: 'mailto:hello@cumapp.example',
		...(process.env.PLATFORM_NUMBERS && { PLATFORM_NUMBERS: process.env.PLATFORM_NUMBERS }),
		// webhooks and pushes may lead to programs on this machine
		WEBHOOK_OWN_HOSTS: '127.0.0.1,localhost',
		APP_URL: environment.APP_URL,
		PUBLIC_SUPPORT_ADDRESS: process.env.PUBLIC_SUPPORT_ADDRESS || 'support@cumapp.example',
		SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
		MAIL_FROM: `${process.env.PUBLIC_APP_NAME || 'CumApp'} <hello@cumapp.example>`
	};
}

/** Writes a file that is either the old one or the new one, never half of it, and nobody else's to read. */
export function writePrivately(file: string, value: unknown): void {
	writeFileSync(`${file}.new`, `${JSON.stringify(value, null, '\t')}\n`, { mode: 0o600 });
	renameSync(`${file}.new`, file);
}

/** Reads a JSON file of ours; null when there is none or it was left half written by an older version. */
export function readJson<T>(file: string): T | null {
	if (!existsSync(file)) return null;
	try {
		return JSON.parse(readFileSync(file, 'utf8')) as T;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** Forgets everything the stack wrote into its folder, the secrets included; the database is removed by its owner. */
export function clearFolder(folder: string): void {
	for (const name of ['environment.json', 'secrets.json', 'migrations.json', 'carrier', 'payments', 'mail', 'logs']) {
		rmSync(join(folder, name), { recursive: true, force: true });
	}
}

function loadSecrets(folder: string): Secrets {
	mkdirSync(join(folder, 'logs'), { recursive: true });
	// Postgres may run as another user: it has to pass through, the secrets themselves are closed
	chmodSync(folder, 0o755);
	const file = join(folder, 'secrets.json');
	const known = readJson<Partial<Secrets>>(file);
	const password = () => randomBytes(24).toString('hex');
	const made: Secrets = {
		instance: password(),
		superuserPassword: password(),
		postgresPassword: password(),
		authPassword: password(),
		edgePassword: password(),
		jwtSecret: password() + password(),
		publishableKey: `sb_publishable_${password()}`,
		secretKey: `sb_secret_${password()}`,
		twilioAccountSid: `AC${randomBytes(16).toString('hex')}`,
		twilioAuthToken: randomBytes(16).toString('hex'),
		stripeSecretKey: `sk_test_${password()}`,
		stripeWebhookSecret: `whsec_${password()}`,
		vapidPrivateKey: vapidKey(),
		operatorsKey: randomBytes(32).toString('base64url'),
		workerSecret: password()
	};
	// an older folder keeps what it has and gets what has been added since
	const all = { ...made, ...known };
	if (Object.keys(made).some((name) => !known || !(name in known))) writePrivately(file, all);
	return all;
}

/** A private key of P-256, base64url, as `npx web-push generate-vapid-keys` makes them. */
function vapidKey(): string {
	const ecdh = createECDH('prime256v1');
	ecdh.generateKeys();
	return Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url');
}

function publicKeyOf(privateKey: string): string {
	const ecdh = createECDH('prime256v1');
	ecdh.setPrivateKey(privateKey, 'base64url');
	return ecdh.getPublicKey('base64url');
}

function port(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
	const value = env[name] === undefined || env[name] === '' ? otherwise : Number(env[name]);
	if (Number.isInteger(value) && value > 0 && value < 65_500) return value;
	throw new Error(`${name} is not a port: ${env[name]}`);
}
