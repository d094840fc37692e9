/** `npm run screenshots`: the pictures in docs/, taken of the seeded product as it is. */
import { mkdirSync } from 'node:fs';
import { chromium, type Page } from '@playwright/test';
import { findBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

mkdirSync('docs', { recursive: true });
const stack = await startStack({ app: 'preview' });
const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });

async function picture(page: Page, name: string) {
	await page.waitForTimeout(500);
	await page.screenshot({ path: `docs/${name}.png` });
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
			if (size === 'phone') await picture(page, `inbox-list${suffix}`);
			await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first().click();
			await page.getByRole('log', { name: 'Messages' }).waitFor();
			await picture(page, `inbox${suffix}`);
			await page.close();
		}
		const handsets = await browser.newPage({ viewport: desktop, colorScheme, locale: 'en-GB' });
		const texter = `${stack.env.CARRIER_URL}/handsets/${encodeURIComponent('+16285550184')}`;
		await fetch(`${texter}/texts`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ to: stack.env.DEMO_NUMBER, body: 'Hello, is the guest desk open on Sunday?' })
		});
		await handsets.goto(stack.env.CARRIER_URL);
		await handsets.getByText('628 555 0184').first().click();
		await picture(handsets, `handsets-${colorScheme}`);
		await handsets.close();
	}
} finally {
	await browser.close();
	await stack.stop();
}
