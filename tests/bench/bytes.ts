/** Bytes of script a page loads, gzipped: everything a fresh browser fetches by itself until the page rests, each file once. */
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type BrowserContextOptions } from '@playwright/test';
import { findBrowser } from '../support/browser.ts';
import type { Stack } from '../support/stack.ts';
import type { Result } from './measure.ts';

type StorageState = BrowserContextOptions['storageState'];

/** What strangers see. */
const visitors = [
	'/sign-up',
	'/check-mail?email=a%40b.example',
	'/forgot-password',
	'/reset-password?token_hash=x',
	'/verify?token_hash=x&type=signup',
	'/invitation'
];

/** The pages of an account and of an organization, below its address. */
const settings = [
	'/settings',
	'/settings/profile',
	'/settings/security',
	'/settings/security/password',
	'/settings/account',
	'/settings/confirm',
	'/settings/organization',
	'/settings/logo',
	'/settings/members',
	'/settings/number-access',
	'/settings/invitations',
	'/settings/audit-log'
];

/** Every page of the demo organization against its budget (kB of 1,000 bytes). */
export async function bytes({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
	try {
		const { storageState, inbox, thread, colleague, number } = await signIn(browser, env);
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
			page(inbox, 100, storageState),
			{ ...page(thread, 100, storageState), name: '…/inbox/(a conversation)' },
			...settings.map((path) => page(home + path, 60, storageState)),
			{ ...page(colleague, 60, storageState), name: '…/settings/members/(one)' },
			{ ...page(number, 60, storageState), name: '…/settings/number-access/(one)' },
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

/** The demo person's cookies, their inbox and its first thread, and the settings' pages about one member and one number. */
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
	const firstOf = async (section: 'members' | 'number-access') => {
		await page.goto(inbox.replace(/\/inbox$/, `/settings/${section}`));
		const link = page.getByRole('main').locator(`a[href*="/settings/${section}/"]`).first();
		return new URL((await link.getAttribute('href')) ?? '', page.url()).href;
	};
	const found = {
		storageState: await context.storageState(),
		inbox,
		thread,
		colleague: await firstOf('members'),
		number: await firstOf('number-access')
	};
	await context.close();
	return found;
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
