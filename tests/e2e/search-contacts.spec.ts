import { expect, test } from '@playwright/test';
import { handset as makeHandset, signIn, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';

test('R2.5 a search finds texts and people as one types, opens a hit in its conversation, and keeps its place', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	for (const body of ['The key is under the blue mat', 'Thank you', '東京タワーへ行きたい']) {
		await handset.text(number.e164, body);
	}
	await page.goto(`/${organization.slug}/inbox`);
	await expect(page.getByRole('navigation', { name: 'Conversations' }).getByText('東京')).toBeVisible();

	await page.locator('body').press('/');
	const field = page.getByRole('searchbox', { name: 'Search texts, people and numbers' });
	await expect(field).toBeFocused();
	await field.pressSequentially('mat key');
	const results = page.getByRole('navigation', { name: 'Search results' });
	await expect(results.getByRole('list', { name: 'Texts' }).getByRole('listitem')).toHaveCount(1);
	await expect(results.locator('mark')).toHaveText(['key', 'mat']);
	await expect(page).toHaveURL(/q=mat\+key/);
	await expectToReadWell(page);

	await field.press('ArrowDown');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/inbox\/[\da-f-]+\?.*message=1/);
	await expect(page.getByRole('log', { name: 'Messages' }).getByText('The key is under the blue mat')).toBeVisible();
	await expect(results.locator('mark')).toHaveText(['key', 'mat']);

	await field.fill('京タ');
	await expect(results.getByText('東京タワーへ行きたい')).toBeVisible();
	await field.fill(handset.e164.slice(-7, -3) + ' ' + handset.e164.slice(-3));
	await expect(results.getByRole('list', { name: 'People and numbers' }).getByRole('listitem')).toHaveCount(1);
	await field.fill('no such words');
	await expect(results.getByText('Nothing found').last()).toBeVisible();
	await field.press('Escape');
	await expect(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
	await context.close();
});

test('R2.5 without scripts a search is a form, and its filters too', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await handset.text(number.e164, 'The key is under the blue mat');
	await expect(async () => {
		await page.goto(`/${organization.slug}/inbox`);
		await page.getByRole('searchbox', { name: 'Search texts, people and numbers' }).fill('blue');
		await page.keyboard.press('Enter');
		await expect(page.getByRole('list', { name: 'Texts' }).locator('mark')).toHaveText('blue', { timeout: 1000 });
	}).toPass();
	await page.getByText('Filters').click();
	await page.getByLabel('Direction').selectOption('outbound');
	await page.getByRole('button', { name: 'Apply' }).click();
	await expect(
		page.getByRole('navigation', { name: 'Search results' }).getByText('Nothing found').last()
	).toBeVisible();
	await context.close();
});

test('R2.2 contacts are added, named, blocked, and imported after a look at what would happen', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/contacts`);
	await page.getByText('New contact').click();
	await page.getByLabel('Number', { exact: true }).fill('415 555 01');
	await page.getByLabel('Name', { exact: true }).fill('Ana Costa');
	await page.getByRole('button', { name: 'Add contact' }).click();
	await expect(page.getByText('two digits short')).toBeVisible();
	await page.getByLabel('Number', { exact: true }).fill('415 555 0142');
	await page.getByRole('button', { name: 'Add contact' }).click();
	await expect(page.getByRole('heading', { name: 'Ana Costa' })).toBeVisible();
	await page.getByLabel('Notes, for your team only').fill('=knows the code');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('button', { name: 'Block this person' }).click();
	await expect(page.getByText('They are kept, and notify nobody')).toBeVisible();
	await expectToReadWell(page);

	const file = await (await page.request.get(`/${organization.slug}/contacts/export`)).text();
	expect(file.trim().split('\n')).toEqual(['phone_number,name,notes', "+14155550142,Ana Costa,'=knows the code"]);

	await page.goto(`/${organization.slug}/contacts/import`);
	await page.getByLabel('CSV file').setInputFiles({
		name: 'people.csv',
		mimeType: 'text/csv',
		buffer: Buffer.from(`${file}(415) 555-0143,Ben Okafor,\n12,Nobody,\n`)
	});
	await expect(page.getByText('1 new, 0 changed, 1 as they are, 1 that cannot be imported.')).toBeVisible();
	await expect(page.getByText('eight digits short')).toBeHidden();
	await expectToReadWell(page);
	await page.getByRole('button', { name: 'Import 1 contact' }).click();
	await expect(page.getByText('1 added, 0 changed')).toBeVisible();

	await page.getByRole('link', { name: 'All contacts' }).last().click();
	await page.getByLabel('Find a person').fill('okafr');
	await page.getByRole('button', { name: 'Find' }).click();
	await expect(page.getByRole('list', { name: 'Contacts' }).getByRole('link')).toHaveText([/Ben Okafor/]);
	await context.close();
});

test('R2.2 a new text goes to a contact by name or to a pasted list, each in a conversation of their own', async ({
	browser
}) => {
	const { owner, organization, handset } = await team();
	const [second, third] = [handset, makeHandset()];
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/contacts`);
	await page.getByText('New contact').click();
	await page.getByLabel('Number', { exact: true }).fill(second.e164);
	await page.getByLabel('Name', { exact: true }).fill('Ana Costa');
	await page.getByRole('button', { name: 'Add contact' }).click();
	await page.getByRole('link', { name: 'Write the first text' }).click();
	await expect(page.getByLabel('To', { exact: true })).toHaveValue(second.e164);
	await page.getByLabel('To', { exact: true }).fill('Ana Costa');
	await page.getByRole('textbox', { name: 'Text' }).fill('The flat is ready');
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(page.getByRole('log', { name: 'Messages' }).getByText('The flat is ready')).toBeVisible();
	await expect.poll(() => second.received()).toEqual(['The flat is ready']);

	await page.goto(`/${organization.slug}/inbox/new?kind=several`);
	await page.getByLabel('To', { exact: true }).fill(`Ana Costa\n${third.e164}\n12\n${third.e164}`);
	await page.getByRole('textbox', { name: 'Text' }).fill('See you at nine');
	await page.getByRole('button', { name: 'Look at the list' }).click();
	await expect(page.getByText('Is in the list already.')).toBeVisible();
	await expectToReadWell(page);
	await page.getByRole('button', { name: 'Send to 2 people' }).click();
	await expect(page.getByText('Sent to 2 people')).toBeVisible();
	await expect.poll(() => third.received()).toEqual(['See you at nine']);
	await expect.poll(() => second.received()).toEqual(['The flat is ready', 'See you at nine']);
	await context.close();
});

test('R2.2 colleagues talk among themselves: both see it at once, and a phone never does', async ({ browser }) => {
	const { owner, colleague, organization, handset } = await team();
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	await maya.page.goto(`/${organization.slug}/inbox`);
	await noor.page.goto(`/${organization.slug}/inbox/new?kind=team`);
	await noor.page.getByRole('checkbox').check();
	await noor.page.getByLabel(/Title/).fill('Night shift');
	await noor.page.getByRole('textbox', { name: 'First message, team only' }).fill('Who has the keys?');
	await noor.page.getByRole('button', { name: 'Start' }).click();
	const row = maya.page.getByRole('navigation', { name: 'Conversations' }).getByText('Night shift');
	await expect(row).toBeVisible();
	await row.click();
	await expect(maya.page.getByRole('log', { name: 'Messages' }).getByText('Who has the keys?')).toBeVisible();
	await expect(maya.page.getByText('Team only: nothing leaves the house')).toBeVisible();
	await maya.page.getByRole('textbox', { name: 'Text' }).fill('I do');
	await maya.page.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(noor.page.getByRole('log', { name: 'Messages' }).getByText('I do')).toBeVisible();
	await expectToReadWell(noor.page);
	expect(await handset.received()).toEqual([]);
	await noor.context.close();
	await maya.context.close();
});
