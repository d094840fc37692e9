import type { Browser, BrowserContext, Page } from '@playwright/test';
import postgres from 'postgres';
import { createNumber, createOrganization, createPerson, testPassword } from './people.ts';
import type { Environment, Stack } from './stack.ts';

/** The environment of the stack that Playwright's global set-up started. */
export const env = process.env as unknown as Environment;

/** Its folder: without one, what looks into the logs fails. */
export const folder = process.env.STACK_DIR ?? '';

/** A superuser connection for what a test arranges beforehand, never for what it asserts a person sees. */
export const sql = postgres(env.DATABASE_URL, { max: 2, onnotice() {} });
const shared = { env, sql };

/**
 * Two colleagues, their organization and its number, and a handset outside. Nobody else's test shares them. On the stack
 * of all, or on one of a test's own.
 */
export async function team({ sql, env }: Pick<Stack, 'sql' | 'env'> = shared) {
	const owner = await createPerson(sql, env);
	const colleague = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, members: [{ person: colleague, role: 'member' }] });
	const number = await createNumber(sql, env, { organizationId: organization.id });
	return { owner, colleague, organization, number, handset: handset(env) };
}

/** A phone in the outside world with a number nobody else texts from. */
export function handset({ CARRIER_URL }: Pick<Environment, 'CARRIER_URL'> = env) {
	const e164 = `+1628${String(Math.floor(2_000_000 + Math.random() * 7_999_999))}`;
	const url = `${CARRIER_URL}/handsets/${encodeURIComponent(e164)}`;
	const post = async (path: string, body: unknown) => {
		const response = await fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body)
		});
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
	};
	const texts = async () =>
		(await (await fetch(`${url}/texts`)).json()) as {
			from: string;
			body: string;
			/** The sids of its files. */
			files: string[];
		}[];
	return {
		e164,
		text: (to: string, body: string, media: { type: string; data: string }[] = []) =>
			post('/texts', { to, body, media }),
		outcome: (status: 'undelivered' | 'failed', code: number) => post('/outcome', { status, code }),
		texts,
		async received(): Promise<string[]> {
			return (await texts()).filter((text) => text.from !== e164).map((text) => text.body);
		}
	};
}

/** Waits until a page answers to its scripts, where it has any: what a test types before that may be lost, as with a fast person. */
export async function alive(page: Page): Promise<void> {
	await page.waitForFunction(
		() => !document.querySelector('link[rel="modulepreload"]') || document.documentElement.hasAttribute('data-alive')
	);
}

/** Has every page of a context wait so after it was opened by its address. */
export function patiently(context: BrowserContext): BrowserContext {
	context.on('page', (page) => {
		const open = page.goto.bind(page);
		page.goto = async (url, options) => {
			const response = await open(url, options);
			await alive(page);
			return response;
		};
	});
	return context;
}

type Options = Parameters<Browser['newContext']>[0];
type Visit = { context: BrowserContext; page: Page };

async function open(browser: Browser, options: Options = {}): Promise<Visit> {
	const context = await browser.newContext({ baseURL: env.APP_URL, ...options });
	if (options.javaScriptEnabled !== false) patiently(context);
	return { context, page: await context.newPage() };
}

/**
 * A browser of its own with this person signed in, at no page yet. What the form would send is sent without opening it, and so is
 * the way to the inbox: the context keeps the cookies of the answers.
 */
export async function signIn(browser: Browser, { email }: { email: string }, options: Options = {}): Promise<Visit> {
	const visit = await open(browser, options);
	const answer = await visit.context.request.post('/sign-in', {
		form: { email, password: testPassword },
		// as browsers ask for a page: for anything else, Kit answers with JSON
		headers: { origin: new URL(options.baseURL ?? env.APP_URL).origin, accept: 'text/html' },
		maxRedirects: 0
	});
	const { location } = answer.headers();
	if (answer.status() !== 303 || !location) throw new Error(`${email} was not let in: ${answer.status()}`);
	// what comes with the first page (who it is from where, what is said once) has come; nothing was drawn for it
	const landed = await visit.context.request.get(location, { headers: { accept: 'text/html' } });
	if (!landed.ok()) throw new Error(`${email} arrived at ${landed.status()}`);
	if (options.javaScriptEnabled !== false) {
		await visit.context.addCookies([{ name: 'time_zone', value: 'Europe/Berlin', url: landed.url() }]);
	}
	return visit;
}

/** The same through the form itself, for tests that are about it. */
export async function signInByForm(
	browser: Browser,
	{ email }: { email: string },
	options: Options = {}
): Promise<Visit> {
	const visit = await open(browser, options);
	const { page } = visit;
	await page.goto('/sign-in');
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	if (options.javaScriptEnabled !== false) await alive(page);
	return visit;
}
