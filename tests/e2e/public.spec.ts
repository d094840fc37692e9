import { expect, test } from '@playwright/test';
import { signIn, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';

test('whoever comes by reads what the product is, what it costs, and finds the way in', async ({ page }) => {
	const heard = complaints(page);
	// nothing stands between the page and its first paint
	const waitedFor: string[] = [];
	page.on('request', (request) => {
		if (['script', 'stylesheet'].includes(request.resourceType())) waitedFor.push(request.url());
	});
	const answer = await page.goto('/');
	expect(answer?.headers()['content-encoding']).toBe('gzip');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Texts from numbers your team owns.');
	for (const picture of await page.getByRole('img').all()) {
		await picture.scrollIntoViewIfNeeded();
		await expect
			.poll(() => picture.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth))
			.toBe(1280);
	}
	await expect(page.getByRole('heading', { name: 'Starter', exact: true })).toBeVisible();
	await expectToReadWell(page);
	expect(waitedFor).toEqual([]);

	await page.getByRole('link', { name: 'A first text' }).click();
	await expect(page.getByRole('heading', { name: 'A first text in five minutes' })).toBeVisible();
	await page.goBack();
	await page.getByRole('navigation', { name: 'Product' }).getByRole('link', { name: 'Pricing' }).click();
	await expect(page.getByRole('heading', { name: 'Pricing' })).toBeVisible();
	await page.getByRole('link', { name: 'Sign in' }).click();
	await expect(page).toHaveURL(/\/sign-in$/);
	expect(heard).toEqual([]);
});

test('whoever is signed in is led home from there', async ({ browser }) => {
	const { owner } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto('/pricing');
	await page.getByRole('link', { name: 'Open the app' }).click();
	await page.waitForURL(/\/[a-z0-9-]+\/inbox$/);
	await context.close();
});
