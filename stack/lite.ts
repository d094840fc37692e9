import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App, SmtpEmailDriver, type EmailDriver } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { root } from './cli.ts';
import type { Config } from './config.ts';

export type LiteSettings = {
	/** supabase_admin: becomes the role of each request */
	databaseUrl: string;
	/** supabase_auth_admin: owns schema auth and nothing else, as on hosted */
	authUrl: string;
	jwtSecret: string;
	publishableKey: string;
	secretKey: string;
	siteUrl: string;
	smtpPort: number;
	config: Config;
};

export type Lite = { rest: App; auth: App; forgetSchema: () => Promise<void> };

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
			otp_expiry: config.get('auth.email', 'otp_expiry', 3600),
			max_frequency: config.get('auth.email', 'max_frequency', '60s'),
			template: templates(config)
		}
	};
	const create = async (url: string, max: number) => {
		const connection = createPostgresConnection({ url, postgresOptions: { max, onnotice() {} } });
		keepJsonWhole(connection.driver.options.serializers);
		// else the first request grants everything on every schema with RLS to every role. Internal, hence the cast;
		// tests/stack/auth.test.ts asserts the privileges
		Object.assign(connection, { rlsState: 'active' });
		const app = new App({
			connection,
			api: { schemas: config.get('api', 'schemas', ['api', 'service']), max_rows: config.get('api', 'max_rows', 1000) },
			auth,
			studio: { enabled: false },
			options: { server: { admin: false }, drivers: { email: mailer(settings.smtpPort) } }
		});
		await app.init();
		return { app, connection };
	};
	const [rest, signIn] = await Promise.all([create(settings.databaseUrl, 8), create(settings.authUrl, 4)]);
	return {
		rest: rest.app,
		auth: signIn.app,
		forgetSchema: () => rest.connection.clearSchemaCache()
	};
}

/** lite hands jsonb over as text and postgres.js would make a JSON string of it: the text is passed on as it is. */
function keepJsonWhole(serializers: Record<number, (value: unknown) => unknown>): void {
	for (const oid of [114, 3802]) {
		serializers[oid] = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
	}
}

/** Our own letters, as config.toml names them: lite's link to the Auth server, ours lead to a page of the app. */
function templates(config: Config): Record<string, { subject?: string; content_path?: string }> {
	const kinds = ['confirmation', 'recovery', 'magic_link', 'email_change', 'invite'];
	const entries = kinds.map((kind) => {
		const section = `auth.email.template.${kind}`;
		const path = join(root, config.get(section, 'content_path', `supabase/templates/${kind}.html`));
		return [
			kind,
			{
				subject: config.get(section, 'subject', '') || undefined,
				content_path: existsSync(path) ? path : undefined
			}
		] as const;
	});
	return Object.fromEntries(entries);
}

/** Letters go to the catcher as HTML alone, like hosted sends them: lite's text part would carry its own link. */
function mailer(port: number): EmailDriver {
	const smtp = new SmtpEmailDriver({
		host: '127.0.0.1',
		port,
		from: { name: process.env.PUBLIC_APP_NAME || 'CumApp', address: 'hello@cumapp.example' },
		requireTls: false
	});
	return { send: ({ to, subject, html }) => smtp.send({ to, subject, html }) };
}
