import { expect, test } from '@playwright/test';
import { signIn, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';

const sizes = {
	phone: { width: 360, height: 740 },
	tablet: { width: 768, height: 1024 },
	desktop: { width: 1440, height: 900 }
};

for (const [name, viewport] of Object.entries(sizes)) {
	test(`R3.1 the inbox reads well, light and dark, ${name}`, async ({ browser }) => {
		const { owner, organization, number, handset } = await team();
		await handset.text(number.e164, 'Hello from outside');
		await handset.outcome('undelivered', 30003);
		const { page, context } = await signIn(browser, owner, { viewport });
		const heard = complaints(page);
		await page.goto(`/${organization.slug}/inbox`);
		await expect(page.getByText(/Synced/).first()).toBeVisible();
		await expectToReadWell(page);
		await page.getByRole('navigation', { name: 'Conversations' }).getByText('Hello from outside').click();
		await page.getByRole('textbox', { name: 'Text' }).fill('That’s “fancy” — is it not?');
		await page.getByRole('button', { name: 'Send', exact: true }).click();
		await expect(page.getByRole('log').getByText('Not delivered', { exact: true })).toBeVisible();
		await expectToReadWell(page);
		expect(heard).toEqual([]);
		await context.close();
	});
}

test('R3.1 on a phone a conversation is one page, and so are its details; back leads to the list', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'On the small screen');
	const { page, context } = await signIn(browser, owner, { viewport: sizes.phone, hasTouch: true, isMobile: true });
	await page.goto(`/${organization.slug}/inbox`);
	const list = page.getByRole('navigation', { name: 'Conversations' });
	await list.getByText('On the small screen').click();
	await expect(page.getByRole('log')).toBeVisible();
	await expect(list).toBeHidden();
	const about = page.getByRole('complementary', { name: 'About this person' });
	await expect(about).toBeHidden();
	await page.getByRole('link', { name: 'Details' }).click();
	await expect(about.getByText('May we text')).toBeVisible();
	await expect(page.getByRole('log')).toBeHidden();
	await expectToReadWell(page);
	await page.goBack();
	await expect(page.getByRole('log')).toBeVisible();
	await page.getByRole('link', { name: 'Details' }).click();
	await about.getByRole('link', { name: 'Conversation', exact: true }).click();
	await expect(page.getByRole('log')).toBeVisible();
	await page.goBack();
	await expect(list).toBeVisible();
	await context.close();
});

test('R3.1 the inbox can be read and answered by keyboard alone', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'No mouse today');
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	await expect(page.getByText(/Synced/).first()).toBeVisible();
	const row = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first();
	for (let i = 0; i < 20 && !(await row.evaluate((link) => link === document.activeElement)); i++)
		await page.keyboard.press('Tab');
	await expect(row).toBeFocused();
	await page.keyboard.press('Enter');
	const composer = page.getByRole('textbox', { name: 'Text' });
	await expect(composer).toBeVisible();
	for (let i = 0; i < 40 && !(await composer.evaluate((field) => field === document.activeElement)); i++)
		await page.keyboard.press('Tab');
	await page.keyboard.type('None needed');
	await page.keyboard.press('Control+Enter');
	await expect(page.getByRole('log').getByText('Delivered', { exact: true })).toBeVisible();
	expect(await handset.received()).toEqual(['None needed']);
	await context.close();
});
