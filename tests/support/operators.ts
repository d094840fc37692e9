/** Operators as a test wants them: made as the command line makes them, set up and signed in by the console's own forms. */
import { randomBytes } from 'node:crypto';
import type { APIRequestContext, Browser, BrowserContext, Page } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';
import type { Sql } from 'postgres';
import { offeredSecret } from '../../web/src/lib/server/operators/sealing.ts';
import { env } from './browsers.ts';

export const operatorPassword = 'seven grey herons under a bridge';

export type TestOperator = {
	name: string;
	role: 'support' | 'operator' | 'administrator';
	/** Base 32. */
	secret: string;
	recovery: string[];
	/** In 30-second steps: how often a code was used. */
	used: number;
};

/** The token of a link for a new operator. */
export async function inviteOperator(sql: Sql, role: TestOperator['role'], allow: string | null = null) {
	const name = `op.${randomBytes(5).toString('hex')}`;
	const [row] = await sql<{ token: string }[]>`
		with invited as materialized (
			select private.invite_operator(${name}, ${`Ada ${name}`}, ${role}, ${allow && [allow]}::inet[]) as token)
		select token from invited`;
	const { token } = row!;
	return { name, token, secret: Secret.fromHex(offeredSecret(env.OPERATORS_KEYS, token)).base32 };
}

/** The code of a time step from now. */
export function codeOf(secret: string, steps = 0): string {
	return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + steps * 30_000 });
}

/**
 * The code of the step before, which leaves the present one for a sign-in: at a moment from which it is good for some seconds
 * yet.
 */
export async function formerCode(secret: string): Promise<string> {
	const left = 30_000 - (Date.now() % 30_000);
	if (left < 5000) await new Promise((done) => setTimeout(done, left));
	return codeOf(secret, -1);
}

const html = { accept: 'text/html', origin: new URL(env.APP_URL).origin };

/** Every address of the console, with ids that exist. */
export const places = (organizationId: string, userId: string) => [
	'/admin',
	'/admin?q=team',
	'/admin/log',
	'/admin/jobs',
	'/admin/health',
	'/admin/events',
	'/admin/events?provider=stripe',
	'/admin/events/errors',
	'/admin/events/webhooks',
	'/admin/differences',
	'/admin/numbers',
	'/admin/abuse?show=all',
	'/admin/failures?hours=168',
	'/admin/operators',
	`/admin/organizations/${organizationId}`,
	`/admin/organizations/${organizationId}/conversations`,
	`/admin/people/${userId}`
];

/** A form of the console, sent as a browser sends it. */
export function post(request: APIRequestContext, path: string, form: Record<string, string>, headers = {}) {
	return request.post(path, { form, headers: { ...html, ...headers }, maxRedirects: 0 });
}

/** Makes an operator and uses their link, in a browser of their own that is signed in then. */
export async function createOperator(
	browser: Browser,
	sql: Sql,
	role: TestOperator['role'],
	options: Parameters<Browser['newContext']>[0] = {}
): Promise<{ operator: TestOperator; context: BrowserContext; page: Page }> {
	const { name, token, secret } = await inviteOperator(sql, role);
	const context = await browser.newContext({ baseURL: env.APP_URL, ...options });
	const answer = await post(context.request, `/admin/sign-in?/set_up&link=${token}`, {
		link: token,
		password: operatorPassword,
		code: await formerCode(secret)
	});
	const page = await answer.text();
	const recovery = [...page.matchAll(/<li[^>]*>([a-z0-9]{5}-[a-z0-9]{5})<\/li>/g)].map(([, code]) => code!);
	if (answer.status() !== 200 || recovery.length !== 10) throw new Error(`${name} was not set up: ${answer.status()}`);
	return { operator: { name, role, secret, recovery, used: 0 }, context, page: await context.newPage() };
}
