import { App, type EmailDriver } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { templates } from './auth/letters.ts';
import type { Config } from './config.ts';
import { tenacity } from './platform.ts';
import { renewing } from './renewal.ts';

export type LiteSettings = {
	/** supabase_admin: becomes the role of each request */
	databaseUrl: string;
	/** supabase_auth_admin: owns schema auth and nothing else, as on hosted */
	authUrl: string;
	jwtSecret: string;
	publishableKey: string;
	secretKey: string;
	siteUrl: string;
	post: EmailDriver;
	config: Config;
};

export type Lite = { rest: Pick<App, 'fetch'>; auth: Pick<App, 'fetch'>; forgetSchema: () => Promise<void> };

/** As PostgREST and Auth say that their database is away: both clients take it for something to be asked again. */
const unreachable = 'Database connection error. Retrying the connection.';
const restIsAway = () =>
	Response.json({ code: 'PGRST000', message: unreachable, details: null, hint: null }, { status: 503 });
const authIsAway = () =>
	Response.json({ code: 503, error_code: 'unexpected_failure', msg: unreachable }, { status: 503 });

/**
 * REST and Auth by @supabase/lite, the places closed where it is more permissive than hosted.
 * Two apps, because on hosted the two are different roles: a sign-up trigger runs as supabase_auth_admin.
 */
export async function createLite(settings: LiteSettings): Promise<Lite> {
	const { config, jwtSecret, publishableKey, secretKey, siteUrl } = settings;
	const auth = {
		enabled: true,
		jwt_secret: jwtSecret,
		publishable_key: publishableKey,
		secret_key: secretKey,
		site_url: siteUrl,
		additional_redirect_urls: [`${siteUrl}/**`],
		jwt_expiry: config.get('auth', 'jwt_expiry', 3600),
		minimum_password_length: config.get('auth', 'minimum_password_length', 10),
		enable_refresh_token_rotation: config.get('auth', 'enable_refresh_token_rotation', true),
		refresh_token_reuse_interval: config.get('auth', 'refresh_token_reuse_interval', 10),
		sessions: {
			timebox: config.get('auth.sessions', 'timebox', '720h'),
			inactivity_timeout: config.get('auth.sessions', 'inactivity_timeout', '168h')
		},
		email: {
			enable_signup: true,
			enable_confirmations: config.get('auth.email', 'enable_confirmations', true),
			double_confirm_changes: config.get('auth.email', 'double_confirm_changes', true),
			otp_expiry: config.get('auth.email', 'otp_expiry', 3600),
			max_frequency: config.get('auth.email', 'max_frequency', '60s'),
			template: templates(config)
		}
	};
	const create = async (url: string, max: number, isRest: boolean) => {
		const broken = Promise.withResolvers<undefined>();
		// closed by nobody but the database, so that whatever closes is a loss
		let isBroken = false;
		const onclose = () => {
			isBroken = true;
			broken.resolve(undefined);
		};
		const lasting = { idle_timeout: 0, max_lifetime: null, onclose };
		const postgresOptions = { max, onnotice() {}, ...lasting, ...tenacity };
		const connection = createPostgresConnection({ url, postgresOptions });
		askOnlyTheLiving(connection.driver, () => isBroken);
		keepJsonWhole(connection.driver.options.serializers);
		if (isRest) readTimesAsJson(connection.driver.options.parsers);
		forgetTextsOfViews(connection);
		// else the first request grants everything on every schema with RLS to every role. Internal, hence the cast;
		// tests/stack/auth.test.ts asserts the privileges
		Object.assign(connection, { rlsState: 'active' });
		const app = new App({
			connection,
			api: { schemas: config.get('api', 'schemas', ['api', 'service']), max_rows: config.get('api', 'max_rows', 1000) },
			auth,
			studio: { enabled: false },
			options: { server: { admin: false }, drivers: { email: settings.post } }
		});
		const close = () => connection.driver.end({ timeout: 1 });
		try {
			await app.init();
			// lite answers from an empty schema where it could not read it: nothing begins with that
			await connection.driver`select`;
		} catch (error) {
			await close();
			throw error;
		}
		return { connection, fetch: (request: Request) => app.fetch(request), broken: broken.promise, close };
	};
	const [rest, signIn] = await Promise.all([
		renewing(() => create(settings.databaseUrl, 8, true), restIsAway),
		renewing(() => create(settings.authUrl, 4, false), authIsAway)
	]);
	return { rest, auth: signIn, forgetSchema: () => rest.current().connection.clearSchemaCache() };
}

/**
 * What is reserved when a connection is lost asks nothing more and is not given back: the driver would write to a socket
 * that is gone, which ends the process, or hand the connection out again as if it were open.
 */
function askOnlyTheLiving(
	driver: ReturnType<typeof createPostgresConnection>['driver'],
	isBroken: () => boolean
): void {
	const reserve = driver.reserve.bind(driver);
	driver.reserve = async () => {
		const reserved = await reserve();
		const { unsafe, release } = reserved;
		const ask = (...asked: Parameters<typeof unsafe>) =>
			isBroken() ? Promise.reject(new Error('the connection to the database is lost')) : unsafe(...asked);
		return Object.assign(reserved, { unsafe: ask, release: () => (isBroken() ? undefined : release()) });
	};
}

/**
 * At each request lite looks through the text of its view for every column of every view, for casts to types that stand in for
 * those of other databases. We have none, and it took a third of the gateway's time. What it reads once it has read by then.
 */
function forgetTextsOfViews(connection: ReturnType<typeof createPostgresConnection>): void {
	const introspect = connection.introspect.bind(connection);
	connection.introspect = async (options) => {
		const schema = await introspect(options);
		for (const view of schema.views) view.sql = '';
		return schema;
	};
}

/** lite hands jsonb over as text and postgres.js would make a JSON string of it: the text is passed on as it is. */
function keepJsonWhole(serializers: Record<number, (value: unknown) => unknown>): void {
	for (const oid of [114, 3802]) {
		serializers[oid] = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
	}
}

/** PostgREST answers what Postgres makes of a row as JSON: ISO 8601, the offset with its minutes. lite's is SQL's form. */
function readTimesAsJson(parsers: Record<number, (value: string) => unknown>): void {
	for (const oid of [1114, 1184]) parsers[oid] = timeAsJson;
}

/** `2026-11-22 13:45:38.3+00` as `2026-11-22T13:45:38.3+00:00`; infinity and years before Christ stay as they are. */
export function timeAsJson(value: string): string {
	return value.replace(
		/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?$/,
		(_, day, time, hours, minutes) => (hours ? `${day}T${time}${hours}${minutes ?? ':00'}` : `${day}T${time}`)
	);
}
