import { expect, test, type Page } from '@playwright/test';
import { env, signIn, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';

const list = (page: Page) => page.getByRole('navigation', { name: 'Conversations' });
const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Text' });
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true });

/** Opens the inbox and in it the conversation that ends with this text. */
async function open(page: Page, organization: { slug: string }, text: string) {
	await page.goto(`/${organization.slug}/inbox`);
	await list(page).getByText(text).click();
	await expect(thread(page).getByText(text)).toBeVisible();
}

/** Nobody reloads in these tests: a mark in the page's memory is gone if anything did. */
async function mark(page: Page) {
	await page.evaluate(() => Object.assign(window, { neverReloaded: true }));
}
const unreloaded = (page: Page) => page.evaluate(() => 'neverReloaded' in window);

test('R4.8 R3.5 R3.4 R4.7 R2.1 a text arrives, two people see it live, one answers, the phone has it and both see it delivered', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	for (const { page } of [noor, maya]) {
		await page.goto(`/${organization.slug}/inbox`);
		await expect(page.getByText(/Synced/).first()).toBeVisible();
		await mark(page);
	}

	await handset.text(number.e164, 'Is the garage still open at nine?');
	for (const { page } of [noor, maya])
		await expect(list(page).getByText('Is the garage still open at nine?')).toBeVisible();

	for (const { page } of [noor, maya]) {
		await list(page).getByText('Is the garage still open at nine?').click();
		await expect(thread(page).getByText('Is the garage still open at nine?')).toBeVisible();
	}
	await composer(noor.page).fill('Yes, until eleven. The code is on the gate.');
	await send(noor.page).click();
	await expect(thread(noor.page).getByText('Yes, until eleven.')).toBeVisible();
	await expect.poll(() => handset.received()).toEqual(['Yes, until eleven. The code is on the gate.']);
	for (const { page } of [noor, maya]) {
		await expect(thread(page).getByText('Yes, until eleven.')).toHaveCount(1);
		await expect(thread(page).getByText('Delivered', { exact: true })).toBeVisible();
	}

	await handset.text(number.e164, 'Perfect, thanks');
	for (const { page } of [noor, maya]) {
		await expect(thread(page).getByText('Perfect, thanks')).toBeVisible();
		expect(await unreloaded(page)).toBe(true);
	}
	await noor.context.close();
	await maya.context.close();
});

test('R3.4 sending twice at once sends one text', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	await handset.text(number.e164, 'Are you there?');
	await open(page, organization, 'Are you there?');
	await composer(page).fill('Only once, please');
	await composer(page).press('Control+Enter');
	await composer(page).press('Control+Enter');
	await expect(thread(page).getByText('Delivered', { exact: true })).toBeVisible();
	expect(await handset.received()).toEqual(['Only once, please']);
	await context.close();
});

test('R3.4 a text that cannot be delivered says why and offers to try again', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	await handset.text(number.e164, 'My battery is nearly empty');
	await handset.outcome('undelivered', 30003);
	await open(page, organization, 'My battery is nearly empty');
	await composer(page).fill('Then charge it first');
	await send(page).click();
	await expect(thread(page).getByText('Not delivered', { exact: true })).toBeVisible();
	await expect(thread(page).getByText(/off or out of reach/)).toBeVisible();
	await expect(thread(page).getByText(/30003/)).toBeVisible();
	await expect(thread(page).getByRole('button', { name: 'Try again' })).toBeVisible();
	await context.close();
});

test('two people who answer at the same moment: the second is shown the first answer and nothing is sent twice', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	await handset.text(number.e164, 'Which gate is it?');
	for (const { page } of [noor, maya]) {
		await open(page, organization, 'Which gate is it?');
	}
	// Noor's browser hears nothing for a moment, so she does not see Maya's answer while she writes hers
	await noor.page.route(`${env.SUPABASE_URL}/rest/**`, (route) => route.abort());
	await composer(maya.page).fill('The green one on the left');
	await send(maya.page).click();
	await expect(thread(maya.page).getByText('Delivered', { exact: true })).toBeVisible();
	await composer(noor.page).fill('The one by the river');
	await send(noor.page).click();
	const dialog = noor.page.getByRole('dialog');
	await expect(dialog).toBeVisible();
	await expect(dialog.getByText('The green one on the left')).toBeVisible();
	await expect(dialog.getByRole('textbox')).toHaveValue('The one by the river');
	expect(await handset.received()).toEqual(['The green one on the left']);
	await expectToReadWell(noor.page, { within: '[role=dialog]' });
	await noor.page.unroute(`${env.SUPABASE_URL}/rest/**`);
	await dialog.getByRole('button', { name: 'Send mine too' }).click();
	await expect.poll(() => handset.received()).toEqual(['The green one on the left', 'The one by the river']);
	await noor.context.close();
	await maya.context.close();
});

test('R1.7 signing out in one tab ends the other', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	await expect(page.getByText(/Synced/).first()).toBeVisible();
	const other = await context.newPage();
	await other.goto(`/${organization.slug}/inbox`);
	await other
		.getByRole('button', { name: /account|menu/i })
		.first()
		.click();
	await other.getByRole('menuitem', { name: 'Sign out' }).click();
	await other.waitForURL('**/sign-in*');
	await page.waitForURL('**/sign-in*', { timeout: 20_000 });
	await context.close();
});

test('R3.2 what one tab has read is read in the other', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'Unread in both');
	const { page, context } = await signIn(browser, owner);
	const other = await context.newPage();
	for (const tab of [page, other]) {
		await tab.goto(`/${organization.slug}/inbox`);
		await expect(list(tab).getByText(/1\sunread/)).toHaveCount(1);
	}
	await list(page).getByText('Unread in both').click();
	for (const tab of [page, other]) await expect(list(tab).getByText(/1\sunread/)).toHaveCount(0);
	await context.close();
});

test('R3.1 a conversation can be read and answered without JavaScript', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'Plain pages only');
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await open(page, organization, 'Plain pages only');
	await composer(page).fill('Plain it is');
	await send(page).click();
	await expect.poll(() => handset.received()).toEqual(['Plain it is']);
	await expect(thread(page).getByText('Plain it is')).toHaveCount(1);
	await context.close();
});

test('R2.2 R4.7 a new text to somebody who never wrote opens their conversation', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('link', { name: 'New' }).click();
	await page.getByLabel('To', { exact: true }).fill(handset.e164);
	await composer(page).fill('We have not met yet');
	await send(page).click();
	await expect(thread(page).getByText('We have not met yet')).toBeVisible();
	await expect(thread(page).getByText('Delivered', { exact: true })).toBeVisible();
	const [text] = await handset.texts();
	expect(text).toMatchObject({ from: number.e164, body: 'We have not met yet' });
	await context.close();
});
