/** Bytes of script a page loads, gzipped: everything a fresh browser fetches by itself until the page rests, each file once. */
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type BrowserContextOptions } from '@playwright/test';
import { findBrowser } from '../support/browser.ts';
import type { Stack } from '../support/stack.ts';
import type { Result } from './measure.ts';

type StorageState = BrowserContextOptions['storageState'];

/** Sign-in, sign-up, the inbox and a thread of the demo organization against their budgets (kB of 1,000 bytes). */
export async function bytes({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
	try {
		const { storageState, inbox, thread } = await signIn(browser, env);
		const pages = [
			{ name: 'Sign-in page', url: `${env.APP_URL}/sign-in`, budget: 45, storageState: undefined },
			{ name: 'Sign-up page', url: `${env.APP_URL}/sign-up`, budget: 60, storageState: undefined },
			{ name: 'Inbox', url: inbox, budget: 100, storageState },
			{ name: 'Thread', url: thread, budget: 100, storageState }
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

/** The demo person's cookies, their inbox and its first thread. */
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
	const found = { storageState: await context.storageState(), inbox, thread: page.url() };
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
