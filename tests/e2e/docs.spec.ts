import { expect, test } from '@playwright/test';
import { complaints, expectToFit } from '../support/looks.ts';

test('R7.1 the API reference is read on a phone and a desk, without anything from elsewhere', async ({
	page,
	baseURL
}) => {
	const heard = complaints(page);
	const outside: string[] = [];
	page.on('request', (request) => {
		const { origin, protocol } = new URL(request.url());
		if (origin !== baseURL && protocol.startsWith('http')) outside.push(request.url());
	});
	// it is large, and others' machines are slow
	const patience = { timeout: 30_000 };
	await page.goto('/docs');
	await page.getByRole('link', { name: 'API reference' }).first().click();
	await page.getByRole('link', { name: 'Messages' }).click(patience);
	await expect(page.getByRole('heading', { name: 'Send a text, or schedule one' })).toBeVisible(patience);
	await page.setViewportSize({ width: 390, height: 844 });
	await expectToFit(page);
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.goto('/docs/reference');
	await expect(page.getByRole('heading', { name: 'Account' })).toBeAttached(patience);
	await page.getByRole('link', { name: /^Documentation of/ }).click();
	await expect(page.getByRole('heading', { name: 'Guides' })).toBeVisible();
	expect(heard).toEqual([]);
	expect(outside).toEqual([]);
});
