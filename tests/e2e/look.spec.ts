import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { env, signIn, team } from '../support/browsers.ts';

const sizes = {
	phone: { width: 360, height: 740 },
	tablet: { width: 768, height: 1024 },
	desktop: { width: 1440, height: 900 }
};

/** What a page must never do, whoever looks at it: break the policy of its scripts, throw, or scroll sideways. */
function complaints(page: Page): string[] {
	const heard: string[] = [];
	page.on('pageerror', (error) => heard.push(error.message));
	page.on('console', (message) => {
		if (message.type() === 'error') heard.push(message.text());
	});
	return heard;
}

async function look(page: Page, heard: string[]) {
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
	expect(heard).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
	for (const [name, viewport] of Object.entries(sizes)) {
		test(`R1.1 the pages for visitors read well, ${colorScheme}, ${name}`, async ({ browser }) => {
			const context = await browser.newContext({ baseURL: env.APP_URL, colorScheme, viewport });
			const page = await context.newPage();
			const heard = complaints(page);
			for (const path of [
				'/sign-in',
				'/sign-up',
				'/check-mail?email=a%40b.example',
				'/verify?token_hash=x&type=signup'
			]) {
				await page.goto(path);
				await look(page, heard);
			}
			await context.close();
		});

		test(`R3.1 the inbox reads well, ${colorScheme}, ${name}`, async ({ browser }) => {
			const { owner, organization, number, handset } = await team();
			await handset.text(number.e164, 'Hello from outside');
			await handset.outcome('undelivered', 30003);
			const { page, context } = await signIn(browser, owner, { colorScheme, viewport });
			const heard = complaints(page);
			await page.goto(`/${organization.slug}/inbox`);
			await expect(page.getByText(/Synced/).first()).toBeVisible();
			await look(page, heard);
			await page.getByRole('navigation', { name: 'Conversations' }).getByText('Hello from outside').click();
			await page.getByRole('textbox', { name: 'Text' }).fill('That’s “fancy” — is it not?');
			await page.getByRole('button', { name: 'Send', exact: true }).click();
			await expect(page.getByRole('log').getByText('Not delivered')).toBeVisible();
			await look(page, heard);
			await context.close();
		});
	}
}

test('R3.1 on a phone a conversation is one page, and back leads to the list', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'On the small screen');
	const { page, context } = await signIn(browser, owner, { viewport: sizes.phone, hasTouch: true, isMobile: true });
	await page.goto(`/${organization.slug}/inbox`);
	const list = page.getByRole('navigation', { name: 'Conversations' });
	await list.getByText('On the small screen').click();
	await expect(page.getByRole('log')).toBeVisible();
	await expect(list).toBeHidden();
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
	await expect(page.getByRole('log').getByText('Delivered')).toBeVisible();
	expect(await handset.received()).toEqual(['None needed']);
	await context.close();
});
