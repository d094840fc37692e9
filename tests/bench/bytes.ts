/** Bytes of script a page loads, gzipped: everything a fresh browser fetches by itself until the page rests, each file once. */
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { findBrowser } from '../support/browser.ts';
import type { Stack } from '../support/stack.ts';
import type { Result } from './measure.ts';

type StorageState = BrowserContextOptions['storageState'];

/** What people see who sign up or in. */
const visitors = [
	'/sign-up',
	'/check-mail?email=a%40b.example',
	'/forgot-password',
	'/reset-password?token_hash=x',
	'/verify?token_hash=x&type=signup',
	'/invitation'
];

/** What shows the product to whoever comes by. Without /docs/reference: what it weighs is Scalar's, fetched by who opens it. */
const strangers = [
	'/',
	'/pricing',
	'/status',
	'/docs',
	'/docs/first-text',
	'/docs/errors',
	'/docs/errors/rate_limited'
];

/** The pages of an account and of an organization, below its address. */
const settings = [
	'/settings',
	'/settings/profile',
	'/settings/notifications',
	'/settings/security',
	'/settings/security/password',
	'/settings/account',
	'/settings/confirm',
	'/settings/organization',
	'/settings/logo',
	'/settings/members',
	'/settings/number-access',
	'/settings/invitations',
	'/settings/inbox',
	'/settings/templates',
	'/settings/opt-outs',
	'/settings/codes',
	'/settings/retention',
	'/settings/webhooks',
	'/settings/billing',
	'/settings/billing/plan',
	'/settings/usage',
	'/settings/statement',
	'/settings/api-keys',
	'/settings/api-keys/new',
	'/settings/api-keys/tests',
	'/settings/api-usage/requests',
	'/settings/audit-log'
];

/** Where people work, below the organization's address: with everything in, once it is used. */
const work = [
	'/dashboard',
	'/inbox',
	'/inbox/new',
	'/inbox/notifications',
	'/contacts',
	'/contacts/import',
	'/scheduled',
	'/more'
];

/** Every page of the demo organization against its budget (kB of 1,000 bytes). */
export async function bytes({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
	try {
		const { storageState, inbox, thread, contact, colleague, number, owned, verification, key, endpoint } =
			await signIn(browser, env);
		const home = inbox.replace(/\/inbox$/, '');
		const page = (url: string, budget: number, storageState?: StorageState) => ({
			name: new URL(url).pathname.replace(new URL(home).pathname, '…'),
			url,
			budget,
			storageState
		});
		const pages = [
			page(`${env.APP_URL}/sign-in`, 45),
			...visitors.map((path) => page(env.APP_URL + path, 60)),
			...strangers.map((path) => page(env.APP_URL + path, 35)),
			...work.map((path) => page(home + path, 120, storageState)),
			{ ...page(thread, 120, storageState), name: '…/inbox/(a conversation)' },
			{ ...page(contact, 120, storageState), name: '…/contacts/(one)' },
			page(`${home}/numbers/buy`, 60, storageState),
			page(`${home}/verifications`, 90, storageState),
			page(`${home}/numbers`, 65, storageState),
			// with what draws its chart
			{ ...page(owned, 90, storageState), name: '…/numbers/(one)' },
			page(`${home}/verifications/new`, 65, storageState),
			page(`${home}/verifications/export`, 65, storageState),
			{ ...page(verification, 90, storageState), name: '…/verifications/(one)' },
			// with what draws its charts
			page(`${home}/settings/api-usage`, 90, storageState),
			...settings.map((path) => page(home + path, 60, storageState)),
			{ ...page(colleague, 60, storageState), name: '…/settings/members/(one)' },
			{ ...page(number, 60, storageState), name: '…/settings/number-access/(one)' },
			{ ...page(key, 60, storageState), name: '…/settings/api-keys/(one)' },
			{ ...page(endpoint, 60, storageState), name: '…/settings/webhooks/(one)' },
			page(`${env.APP_URL}/organizations/new`, 60, storageState)
		];
		const results: Result[] = [];
		for (const { name, url, budget, storageState } of pages) {
			const weight = await weigh(browser, url, storageState);
			results.push({
				name: `${name}: script it loads, gzipped`,
				ratio: weight / budget,
				bar: `at most ${budget} kB`,
				holds: weight <= budget,
				figures: { kB: weight }
			});
		}
		return results;
	} finally {
		await browser.close();
	}
}

/** The demo person's cookies, their inbox and its first thread, and the pages about one contact, one member and one number. */
async function signIn(browser: Browser, env: Stack['env']) {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`${env.APP_URL}/sign-in`);
	await page.getByLabel('E-mail address').fill(env.DEMO_EMAIL);
	await page.getByLabel('Password', { exact: true }).fill(env.DEMO_PASSWORD);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	const inbox = page.url();
	await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first().click();
	await page.waitForURL('**/inbox/*');
	const thread = page.url();
	const firstOf = async (section: string, among = `a[href*="${section}/"]`) => {
		await page.goto(inbox.replace(/\/inbox$/, section));
		const link = page.getByRole('main').locator(among).first();
		return new URL((await link.getAttribute('href')) ?? '', page.url()).href;
	};
	const found = {
		storageState: await context.storageState(),
		inbox,
		thread,
		contact: await firstOf('/contacts', 'a[href*="/contacts/"]:not([href$="port"])'),
		colleague: await firstOf('/settings/members'),
		number: await firstOf('/settings/number-access'),
		owned: await firstOf('/numbers', 'ul[aria-label="Your numbers"] a[href*="/numbers/"]'),
		verification: await ask(page, inbox.replace(/\/inbox$/, '/verifications/new')),
		...(await forPrograms(page, inbox.replace(/\/inbox$/, '/settings')))
	};
	await context.close();
	return found;
}

/** The page of a request for a code that is waited for. */
async function ask(page: Page, form: string): Promise<string> {
	await page.goto(form);
	await page.getByLabel('Service', { exact: true }).fill('Google');
	const confirm = page.getByRole('checkbox', { name: /our own accounts/ });
	if (await confirm.isVisible()) await confirm.check();
	await page.getByRole('button', { name: 'Ask for the code' }).click();
	await page.waitForURL(/verifications\/[\da-f-]{36}$/);
	return page.url();
}

/** The pages of a key and of a webhook, both made for it. */
async function forPrograms(page: Page, settings: string): Promise<{ key: string; endpoint: string }> {
	await page.goto(`${settings}/api-keys/new?preset=send`);
	await page.getByLabel('Name', { exact: true }).fill('Weighed');
	await page.getByRole('button', { name: 'Create key' }).click();
	await page.getByText('I have stored it').click();
	await page.goto(`${settings}/api-keys`);
	const key = await page.getByRole('link', { name: 'Weighed' }).first().getAttribute('href');
	await page.goto(`${settings}/webhooks`);
	await page.getByRole('textbox', { name: 'Address' }).fill('https://hooks.example/weighed');
	await page.getByRole('button', { name: 'Add the address' }).click();
	await page.getByRole('group', { name: 'The secret of this webhook' }).waitFor();
	const endpoint = await page.locator('main a[href*="/settings/webhooks/"]').first().getAttribute('href');
	return { key: new URL(key ?? '', page.url()).href, endpoint: new URL(endpoint ?? '', page.url()).href };
}

/** kB of gzipped script that a browser with an empty cache fetches for a page. */
async function weigh(browser: Browser, url: string, storageState: StorageState): Promise<number> {
	const context = await browser.newContext({ storageState });
	const page = await context.newPage();
	const scripts = new Map<string, Promise<number>>();
	page.on('response', (response) => {
		const type = response.headers()['content-type'] ?? '';
		if (type.includes('javascript'))
			scripts.set(
				response.url(),
				response.body().then((body) => gzipSync(body).length)
			);
	});
	await page.goto(url, { waitUntil: 'networkidle' });
	const sizes = await Promise.all(scripts.values());
	await context.close();
	return sizes.reduce((sum, size) => sum + size, 0) / 1000;
}
