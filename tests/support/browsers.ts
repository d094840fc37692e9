import type { Browser, BrowserContext, Page } from '@playwright/test';
import postgres from 'postgres';
import { createNumber, createOrganization, createPerson, testPassword } from './people.ts';
import type { Environment } from './stack.ts';

/** The environment of the stack that Playwright's global set-up started. */
export const env = process.env as unknown as Environment;

/** A superuser connection for what a test arranges beforehand, never for what it asserts a person sees. */
export const sql = postgres(env.DATABASE_URL, { max: 2, onnotice() {} });

/** Two colleagues, their organization and its number, and a handset outside. Nobody else's test shares them. */
export async function team() {
	const owner = await createPerson(sql, env);
	const colleague = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, members: [{ person: colleague, role: 'member' }] });
	const number = await createNumber(sql, env, { organizationId: organization.id });
	return { owner, colleague, organization, number, handset: handset() };
}

/** A phone in the outside world with a number nobody else texts from. */
export function handset() {
	const e164 = `+1628${String(Math.floor(2_000_000 + Math.random() * 7_999_999))}`;
	const url = `${env.CARRIER_URL}/handsets/${encodeURIComponent(e164)}`;
	const post = async (path: string, body: unknown) => {
		const response = await fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body)
		});
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
	};
	const texts = async () => (await (await fetch(`${url}/texts`)).json()) as { from: string; body: string }[];
	return {
		e164,
		text: (to: string, body: string) => post('/texts', { to, body }),
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

/** A browser of its own with this person signed in through the form. */
export async function signIn(
	browser: Browser,
	person: { email: string },
	options: Parameters<Browser['newContext']>[0] = {}
): Promise<{ context: BrowserContext; page: Page }> {
	const context = await browser.newContext({ baseURL: env.APP_URL, ...options });
	if (options.javaScriptEnabled !== false) patiently(context);
	const page = await context.newPage();
	await page.goto('/sign-in');
	await page.getByLabel('E-mail address').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	if (options.javaScriptEnabled !== false) await alive(page);
	return { context, page };
}
