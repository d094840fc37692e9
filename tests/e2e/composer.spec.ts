import { expect, test, type Page } from '@playwright/test';
import { signIn, sql, team } from '../support/browsers.ts';
import { png } from '../support/pictures.ts';

const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const form = (page: Page) => page.getByRole('form', { name: 'Write a text' });
const composer = (page: Page) => form(page).getByRole('textbox', { name: 'Text', exact: true });

test('R3.4 R2.6 a text can be taken back while it waits, its words return, and a draft is on the next device', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	await sql`update public.profiles set undo_send_seconds = 30 where id = ${owner.userId}`;
	const { page, context } = await signIn(browser, owner);
	await handset.text(number.e164, 'Where do I park?');
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText('Where do I park?').click();
	await composer(page).fill('On the roof');
	await expect(form(page).getByText('1 segment, covered by the plan')).toBeVisible();
	await composer(page).press('Control+Enter');
	await expect(page.getByText(/^Sending in \d+ s$/)).toBeVisible();
	await page.getByRole('button', { name: 'Undo', exact: true }).click();
	await expect(composer(page)).toHaveValue('On the roof');
	await expect(thread(page).getByText('On the roof')).toHaveCount(0);
	expect(await handset.received()).toEqual([]);

	// kept on the server, for the same person on another device
	await composer(page).fill('On the roof, level 3');
	await expect
		.poll(async () => (await sql`select body from public.drafts where user_id = ${owner.userId}`)[0]?.body)
		.toBe('On the roof, level 3');
	const other = await signIn(browser, owner);
	await other.page.goto(page.url());
	await expect(composer(other.page)).toHaveValue('On the roof, level 3');
	await other.context.close();
	await context.close();
});

test('R2.1 a template leaves a word to fill in, an emoji comes from our own origin, and a text can go later', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	await sql`insert into public.templates (organization_id, name, body)
		values (${organization.id}, 'Check-in', 'Hello from {{my.name}}, your flat is {{flat}}.')`;
	const { page, context } = await signIn(browser, owner);
	const foreign: string[] = [];
	page.on('request', (request) => {
		const { hostname } = new URL(request.url());
		if (hostname !== '127.0.0.1' && hostname !== 'localhost') foreign.push(request.url());
	});
	await handset.text(number.e164, 'We land at nine');
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText('We land at nine').click();

	await form(page).getByRole('button', { name: 'Templates' }).click();
	await form(page)
		.getByRole('button', { name: /Check-in/ })
		.click();
	await expect(composer(page)).toHaveValue(/^Hello from \S+, your flat is \{\{flat\}\}\.$/);
	await composer(page).press('Control+Enter');
	await expect(form(page).getByText('Fill in {{flat}} first.')).toBeVisible();
	expect(await handset.received()).toEqual([]);

	await composer(page).fill('See you soon ');
	await form(page).getByRole('button', { name: 'Emoji' }).click();
	await form(page).getByRole('searchbox', { name: 'Search emoji' }).fill('waving hand');
	await form(page).getByRole('button', { name: 'waving hand', exact: true }).click();
	await expect(composer(page)).toHaveValue('See you soon 👋');

	await form(page).getByRole('button', { name: 'More ways to send' }).click();
	await page.getByRole('menuitem', { name: 'Send later…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Send later' });
	await expect(dialog.getByLabel('Their time zone')).not.toHaveValue('');
	await dialog.getByRole('button', { name: 'Schedule' }).click();
	const coming = page.getByRole('list', { name: 'Coming up' });
	await expect(coming.getByText('See you soon 👋')).toBeVisible();
	await expect(composer(page)).toHaveValue('');
	// a file is added to what is planned, and stays with it
	await coming.getByRole('button', { name: 'Change' }).click();
	const changing = page.getByRole('dialog', { name: 'Change a scheduled text' });
	await changing.locator('input[type=file]').setInputFiles([{ name: 'map.png', mimeType: 'image/png', buffer: png }]);
	await expect(changing.getByText('Ready', { exact: true })).toBeVisible();
	await changing.getByRole('button', { name: 'Schedule' }).click();
	await expect(coming.getByText('with one file')).toBeVisible();
	// whoever answers is not asked again
	await handset.text(number.e164, 'Landed!');
	await expect(coming).toHaveCount(0);

	// what cannot go says so before anybody presses Send
	await sql`update public.contacts set blocked_at = now() where organization_id = ${organization.id}`;
	await page.reload();
	await composer(page).fill('Are you there?');
	await expect(form(page).getByText(/This person is blocked here\. Unblock them/)).toBeVisible();
	await composer(page).press('Control+Enter');
	await expect(composer(page)).toHaveValue('Are you there?');
	await sql`update public.contacts set blocked_at = null where organization_id = ${organization.id}`;
	// the refused attempt may still be under way, and a second one waits for nobody
	await expect(async () => {
		if ((await composer(page).inputValue()) !== '') await composer(page).press('Control+Enter');
		await expect(thread(page).getByText('Are you there?')).toBeVisible({ timeout: 2_000 });
	}).toPass({ timeout: 30_000 });
	expect(foreign).toEqual([]);
	await context.close();
});
