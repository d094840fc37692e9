import { expect, test, type Page } from '@playwright/test';
import { handset as newHandset, signIn, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';

const list = (page: Page) => page.getByRole('navigation', { name: 'Conversations' });
const tab = (page: Page, name: string) => page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name });
const row = (page: Page, text: string) => list(page).getByRole('link').filter({ hasText: text });
const toast = (page: Page) => page.getByRole('status').filter({ hasText: /Undo|Taken back/ });

/** A team whose number three people texted. */
async function threeTexts() {
	const it = await team();
	for (const body of ['First of three', 'Second of three', 'Third of three']) {
		await newHandset().text(it.number.e164, body);
	}
	return it;
}

async function openInbox(page: Page, slug: string, search = '') {
	await page.goto(`/${slug}/inbox${search}`);
	await expect(page.getByText(/Synced/).first()).toBeVisible();
}

test('R2.7 archive, undo by key and by button, the archived list, restore and bulk, and a colleague’s list follows', async ({
	browser
}) => {
	const { owner, colleague, organization } = await threeTexts();
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	for (const { page } of [noor, maya]) {
		await openInbox(page, organization.slug);
		await expect(tab(page, 'Open')).toContainText('3');
	}
	const { page } = noor;

	await row(page, 'Second of three').focus();
	await page.keyboard.press('e');
	// pointed at, it stays for as long as a slow machine takes for the rest
	await toast(page).hover();
	for (const one of [page, maya.page]) {
		await expect(row(one, 'Second of three')).toHaveCount(0);
		await expect(tab(one, 'Open')).toContainText('2');
	}
	await page.keyboard.press('z');
	for (const one of [page, maya.page]) await expect(row(one, 'Second of three')).toBeVisible();

	for (const text of ['First of three', 'Third of three']) {
		await row(page, text).hover();
		await list(page).getByRole('listitem').filter({ hasText: text }).getByRole('checkbox').check();
	}
	await page.getByRole('toolbar').getByRole('button', { name: 'Archive' }).click();
	for (const one of [page, maya.page]) await expect(list(one).getByRole('listitem')).toHaveCount(1);

	await page.getByLabel('Filter', { exact: true }).click();
	await page.getByRole('link', { name: 'Archived' }).click();
	await expect(page).toHaveURL(/show=archived/);
	await expect(list(page).getByRole('listitem')).toHaveCount(2);
	await expectToReadWell(page);
	await row(page, 'Third of three').focus();
	await page.keyboard.press('e');
	await expect(list(page).getByRole('listitem')).toHaveCount(1);
	await toast(page).getByRole('button', { name: 'Undo' }).click();
	await expect(list(page).getByRole('listitem')).toHaveCount(2);
	await noor.context.close();
	await maya.context.close();
});

test('R3.1 R2.3 by keyboard alone: assign, label, snooze, mark unread; the lists are addresses; the map and its switch', async ({
	browser
}) => {
	const { owner, organization } = await threeTexts();
	const { page, context } = await signIn(browser, owner);
	await openInbox(page, organization.slug);
	await page.keyboard.press('j');
	await expect(list(page).getByRole('link').first()).toBeFocused();
	await row(page, 'Third of three').focus();
	await page.keyboard.press('a');
	await expect(page.getByRole('dialog')).toBeVisible();
	await page.getByRole('button', { name: /^You/ }).press('Enter');
	await expect(tab(page, 'Mine')).toContainText('1');
	await expect(row(page, 'Third of three')).toContainText('You');

	await row(page, 'Third of three').focus();
	await page.keyboard.press('l');
	await page.getByLabel('New label').fill('Arrives today');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('checkbox', { name: 'Arrives today' })).toBeChecked();
	await page.getByRole('button', { name: 'Save' }).press('Enter');
	await expect(row(page, 'Third of three')).toContainText('Arrives today');

	await row(page, 'Second of three').focus();
	await page.keyboard.press('h');
	await page.getByRole('button', { name: /Tomorrow morning/ }).press('Enter');
	await expect(row(page, 'Second of three')).toHaveCount(0);
	await expect(tab(page, 'Open')).toContainText('2');

	await tab(page, 'Unassigned').click();
	await expect(page).toHaveURL(/show=unassigned/);
	await expect(list(page).getByRole('listitem')).toHaveCount(1);
	await page.goto(`/${organization.slug}/inbox?show=snoozed`);
	await expect(row(page, 'Second of three')).toBeVisible();
	await page.getByLabel('Filter', { exact: true }).click();
	await page.getByRole('link', { name: 'All conversations' }).click();
	await expect(page).toHaveURL(/show=all/);
	await expect(page.locator('details[open]')).toHaveCount(0);
	await page.getByLabel('Filter', { exact: true }).click();
	await page.getByRole('list', { name: 'Label', exact: true }).getByRole('link').click();
	await expect(page).toHaveURL(/show=all&label=/);
	await expect(list(page).getByRole('listitem')).toHaveCount(1);

	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
	await expectToReadWell(page);
	await page.getByLabel(/Single keys are orders/).uncheck();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await row(page, 'Third of three').focus();
	await page.keyboard.press('e');
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(row(page, 'Third of three')).toBeVisible();
	await context.close();
});

test('R3.5 two devices of one person and a colleague agree: read on one is read on the other, unread again too', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	await handset.text(number.e164, 'Is anybody there?');
	const desktop = await signIn(browser, owner);
	const phone = await signIn(browser, owner, { viewport: { width: 390, height: 844 } });
	const maya = await signIn(browser, colleague);
	const unread = (page: Page) => row(page, 'Is anybody there?').getByText(/unread/);
	for (const { page } of [desktop, phone, maya]) {
		await openInbox(page, organization.slug);
		await expect(unread(page)).toBeVisible();
	}
	await row(desktop.page, 'Is anybody there?').click();
	for (const { page } of [desktop, phone]) await expect(unread(page)).toHaveCount(0);
	await expect(unread(maya.page)).toBeVisible();

	await desktop.page.keyboard.press('Escape');
	await row(desktop.page, 'Is anybody there?').focus();
	await desktop.page.keyboard.press('u');
	for (const { page } of [desktop, phone]) await expect(unread(page)).toBeVisible();
	await expectToReadWell(phone.page);
	for (const { context } of [desktop, phone, maya]) await context.close();
});

test('R2.7 R2.3 without scripts: the lists are links, a conversation is archived and brought back by its button', async ({
	browser
}) => {
	const { owner, organization } = await threeTexts();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/inbox`);
	await tab(page, 'Unassigned').click();
	await expect(tab(page, 'Unassigned')).toHaveAttribute('aria-current', 'page');
	await expect(list(page).getByRole('listitem')).toHaveCount(3);
	await row(page, 'Second of three').click();
	await page.getByRole('button', { name: 'Archive' }).click();
	await expect(list(page).getByRole('listitem')).toHaveCount(2);
	await page.goto(`/${organization.slug}/inbox?show=archived`);
	await row(page, 'Second of three').click();
	await page.getByRole('button', { name: 'Back to the inbox', exact: true }).click();
	await page.goto(`/${organization.slug}/inbox`);
	await expect(list(page).getByRole('listitem')).toHaveCount(3);
	await context.close();
});
