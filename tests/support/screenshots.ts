/** `npm run screenshots`: the pictures in docs/ and of the page for strangers, taken of the seeded product as it is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium, type Page } from '@playwright/test';
import { findBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

for (const folder of ['docs', 'web/static/pictures']) mkdirSync(folder, { recursive: true });
const stack = await startStack({ app: 'preview' });
const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });

async function picture(page: Page, name: string) {
	await page.waitForTimeout(500);
	await page.screenshot({ path: `docs/${name}.png` });
	if (/^(inbox|code|find-a-number)-(phone-)?(light|dark)$/.test(name)) await pictureForStrangers(page, name);
}

/** The same once more for the page that shows the product: in a small window and a small file. */
async function pictureForStrangers(page: Page, name: string) {
	const before = page.viewportSize();
	if (before?.width === desktop.width) await page.setViewportSize({ width: 1280, height: 800 });
	const session = await page.context().newCDPSession(page);
	const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
	writeFileSync(`web/static/pictures/${name}.webp`, Buffer.from(data, 'base64'));
	if (before) await page.setViewportSize(before);
}

/** A handset's text to the demo number. */
async function textFrom(number: string, body: string) {
	await fetch(`${stack.env.CARRIER_URL}/handsets/${encodeURIComponent(number)}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ to: stack.env.DEMO_NUMBER, body })
	});
}

try {
	for (const colorScheme of ['light', 'dark'] as const) {
		for (const [size, viewport] of Object.entries({ desktop, phone })) {
			const suffix = `${size === 'phone' ? '-phone' : ''}-${colorScheme}`;
			const page = await browser.newPage({ baseURL: stack.env.APP_URL, viewport, colorScheme, locale: 'en-GB' });
			await page.goto('/sign-in');
			await picture(page, `sign-in${suffix}`);
			await page.getByLabel('E-mail address').fill(stack.env.DEMO_EMAIL);
			await page.getByLabel('Password', { exact: true }).fill(stack.env.DEMO_PASSWORD);
			await page.getByRole('button', { name: 'Sign in' }).click();
			await page.waitForURL('**/inbox');
			// from the second time on it says when the last was
			const last = page.getByRole('button', { name: 'Close' });
			if (await last.isVisible()) await last.click();
			if (size === 'phone') await picture(page, `inbox-list${suffix}`);
			await page
				.getByRole('navigation', { name: 'Conversations' })
				.getByRole('link')
				.filter({ hasText: 'Ilse Brandt' })
				.click();
			await page.getByRole('log', { name: 'Messages' }).waitFor();
			await picture(page, `inbox${suffix}`);
			await page.goto(page.url().replace(/inbox.*/, 'dashboard'));
			await page.getByRole('heading', { name: 'Limits' }).waitFor();
			await picture(page, `home${suffix}`);
			await page.goto(page.url().replace(/dashboard.*/, 'verifications/new'));
			await page.getByLabel('Service', { exact: true }).fill('Google');
			const use = page.getByRole('checkbox', { name: /our own accounts and tests only/ });
			if (await use.count()) await use.check();
			await page.getByRole('button', { name: 'Ask for the code' }).click();
			await page.waitForURL(/verifications\/[\da-f-]{36}$/);
			await textFrom(
				'+16285550170',
				`G-${suffix === '-light' ? '482910' : '731204'} is your Google verification code.`
			);
			await page.locator('[data-code]').waitFor();
			await picture(page, `code${suffix}`);
			await page.getByRole('button', { name: 'Done' }).click();
			await page.goto(page.url().replace(/verifications.*/, 'numbers/buy?country=US'));
			await picture(page, `find-a-number${suffix}`);
			await page.goto(page.url().replace(/numbers.*/, 'settings/billing'));
			await picture(page, `wallet${suffix}`);
			await page.goto(page.url().replace(/settings.*/, 'settings/api-keys'));
			await picture(page, `api-keys${suffix}`);
			await page.goto('/docs/first-text');
			await picture(page, `guide${suffix}`);
			await page.close();
		}
		const handsets = await browser.newPage({ viewport: desktop, colorScheme, locale: 'en-GB' });
		await textFrom('+16285550184', 'Hello, is the guest desk open on Sunday?');
		await handsets.goto(stack.env.CARRIER_URL);
		await handsets.getByText('628 555 0184').first().click();
		await picture(handsets, `handsets-${colorScheme}`);
		await handsets.close();
	}
} finally {
	await browser.close();
	await stack.stop();
}
