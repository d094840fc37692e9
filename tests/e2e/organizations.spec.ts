import { expect, test, type Page } from '@playwright/test';
import { addMember, createNumber, createPerson } from '../support/people.ts';
import { env, signIn, sql, team } from '../support/browsers.ts';

const settings = (slug: string, section: string) => `/${slug}/settings/${section}`;

/** Chooses a role for somebody, as whoever looks at the page. */
async function giveRole(page: Page, slug: string, userId: string, role: string) {
	await page.goto(settings(slug, `members/${userId}`));
	await page.getByLabel(/may do/).selectOption(role);
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
}

test('R1.5 an organization is made and switched to by keyboard alone', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	const menu = page.getByRole('button', { name: 'Organization: Test team' });
	await menu.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('menuitem', { name: 'New organization' })).toBeVisible();
	await page.keyboard.press('End');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/organizations/new');
	const unique = `Harbour ${owner.username.slice(-8)}`;
	await page.getByLabel('Name').focus();
	await page.keyboard.type(unique);
	const slug = unique.toLowerCase().replace(' ', '-');
	await expect(page.getByLabel('Address')).toHaveValue(slug);
	await expect(page.getByRole('status').filter({ hasText: `${slug} is free` })).toBeAttached();
	await page.getByLabel('Name').press('Enter');
	await page.waitForURL(`**${settings(slug, 'members')}`);
	await expect(page.getByText('You are the only one')).toBeVisible();

	await page.getByRole('button', { name: `Organization: ${unique}` }).focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('menuitem', { name: 'Test team' })).toBeVisible();
	await page.keyboard.type('Test');
	await expect(page.getByRole('menuitem', { name: 'Test team' })).toBeFocused();
	await page.keyboard.press('Enter');
	await page.waitForURL(`**/${organization.slug}/inbox`);
	await context.close();
});

test('an address that is taken is said beside its field, and nothing typed is lost, also without scripts', async ({
	browser
}) => {
	const { owner, organization } = await team();
	for (const javaScriptEnabled of [true, false]) {
		const { page, context } = await signIn(browser, owner, { javaScriptEnabled });
		await page.goto('/organizations/new');
		await page.getByLabel('Name').fill('Another team');
		await page.getByLabel('Address').fill(organization.slug);
		await page.getByRole('button', { name: 'Make the organization' }).click();
		await expect(page.getByText('This address is taken already.').first()).toBeVisible();
		await expect(page.getByLabel('Name')).toHaveValue('Another team');
		await page.getByLabel('Address').fill(`${organization.slug}-${javaScriptEnabled ? 1 : 2}`);
		await page.getByRole('button', { name: 'Make the organization' }).click();
		await page.waitForURL('**/settings/members');
		await context.close();
	}
});

test('R1.5 a changed role reaches the open browser of whom it concerns', async ({ browser }) => {
	const { owner, colleague, organization } = await team();
	const theirs = await signIn(browser, colleague);
	await theirs.page.goto(`/${organization.slug}/inbox`);
	await expect(theirs.page.getByRole('link', { name: 'New text' })).toBeVisible();
	const { page, context } = await signIn(browser, owner);
	await giveRole(page, organization.slug, colleague.userId, 'viewer');
	await expect(theirs.page.getByRole('link', { name: 'New text' })).toBeHidden({ timeout: 15_000 });
	await giveRole(page, organization.slug, colleague.userId, 'member');
	await expect(theirs.page.getByRole('link', { name: 'New text' })).toBeVisible({ timeout: 15_000 });
	await Promise.all([context.close(), theirs.context.close()]);
});

test('R2.3 who is removed while looking is led home, told so kindly, and shown nothing old', async ({ browser }) => {
	const { owner, colleague, organization, number, handset: outside } = await team();
	await outside.text(number.e164, 'Only for the team');
	const inInbox = await signIn(browser, colleague);
	await inInbox.page.goto(`/${organization.slug}/inbox`);
	await inInbox.page.getByRole('navigation', { name: 'Conversations' }).getByText('Only for the team').click();
	await expect(inInbox.page.getByRole('log')).toContainText('Only for the team');
	const inSettings = await inInbox.context.newPage();
	await inSettings.goto(settings(organization.slug, 'members'));
	await expect(inSettings.getByText('2 people belong')).toBeVisible();

	const { page, context } = await signIn(browser, owner);
	await page.goto(settings(organization.slug, `members/${colleague.userId}`));
	await expect(page.getByText('They leave nothing that is theirs alone.')).toBeVisible();
	await page.getByRole('button', { name: 'Remove Robin Tester' }).click();
	await page.waitForURL('**/members?removed');
	await expect(page.getByText('You are the only one')).toBeVisible();

	for (const open of [inInbox.page, inSettings]) {
		await open.waitForURL(`**/${colleague.slug}/inbox`, { timeout: 15_000 });
		await expect(open.getByText('You no longer belong to Test team')).toBeVisible();
		await expect(open.getByText('Only for the team')).toHaveCount(0);
	}
	const answer = await inInbox.page.goto(`/${organization.slug}/inbox`);
	expect(answer?.status()).toBe(404);
	await expect(inInbox.page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
	await Promise.all([context.close(), inInbox.context.close()]);
});

test('R2.3 what somebody leaves is listed and handed over', async ({ browser }) => {
	const { owner, colleague, organization } = await team();
	const taker = await createPerson(sql, env, { fullName: 'Maya Brandt' });
	await addMember(sql, organization.id, taker, 'viewer');
	const { e164 } = await createNumber(sql, null, {
		organizationId: organization.id,
		label: 'Night line',
		grants: [{ userId: colleague.userId }]
	});
	const { page, context } = await signIn(browser, owner);
	await page.goto(settings(organization.slug, `members/${colleague.userId}`));
	await expect(page.getByText('access to Night line')).toBeVisible();
	await page.getByLabel('Hand it over to').selectOption({ label: `Maya Brandt (@${taker.username})` });
	await page.getByRole('button', { name: 'Remove Robin Tester' }).click();
	await page.waitForURL('**/members?removed');
	const rows = await sql`
		select g.user_id from public.phone_number_grants g
		join public.phone_numbers n on n.id = g.phone_number_id where n.e164 = ${e164}`;
	expect(rows).toEqual([{ user_id: taker.userId }]);
	await context.close();
});

test('R1.5 ownership is offered, seen by the other and accepted', async ({ browser }) => {
	const { owner, colleague, organization } = await team();
	const page = settings(organization.slug, 'organization');
	const [giver, taker] = [await signIn(browser, owner), await signIn(browser, colleague)];
	await taker.page.goto(page);
	await giver.page.goto(page);
	await expect(giver.page.getByText('Hand ownership over first, then you can leave.')).toBeVisible();
	await giver.page.getByRole('button', { name: 'Offer ownership' }).click();
	await expect(giver.page.getByText('The offer is made.')).toBeVisible();
	await expect(taker.page.getByRole('button', { name: 'Accept ownership' })).toBeVisible({ timeout: 15_000 });
	await taker.page.getByRole('button', { name: 'Accept ownership' }).click();
	await expect(taker.page.getByText('You own this organization now.')).toBeVisible();
	await expect(giver.page.getByRole('button', { name: 'Leave Test team' })).toBeVisible({ timeout: 15_000 });
	await giver.page.getByRole('button', { name: 'Leave Test team' }).click();
	await giver.page.waitForURL(`**/${owner.slug}/inbox`);
	await Promise.all([giver.context.close(), taker.context.close()]);
});

test('another address: open tabs follow, and the old one leads nowhere', async ({ browser }) => {
	const { owner, colleague, organization } = await team();
	const theirs = await signIn(browser, colleague);
	await theirs.page.goto(`/${organization.slug}/inbox`);
	await expect(theirs.page.getByText(/Synced/).first()).toBeVisible();
	const { page, context } = await signIn(browser, owner);
	await page.goto(settings(organization.slug, 'organization'));
	await page.getByLabel('Name', { exact: true }).fill('Moved team');
	await page.getByRole('textbox', { name: 'Address' }).fill(`${organization.slug}-moved`);
	await page.getByRole('button', { name: 'Save' }).click();
	await page.waitForURL(`**/${organization.slug}-moved/settings/organization**`);
	await expect(page.getByText('Saved.')).toBeVisible();
	await theirs.page.waitForURL(`**/${organization.slug}-moved/inbox`, { timeout: 15_000 });
	expect((await page.goto(`/${organization.slug}/inbox`))?.status()).toBe(404);
	await Promise.all([context.close(), theirs.context.close()]);
});

test('R2.3 a number given to others leaves the open inbox of who lost it, and comes back', async ({ browser }) => {
	const { owner, colleague, organization, number, handset: outside } = await team();
	await outside.text(number.e164, 'About the night shift');
	const theirs = await signIn(browser, colleague);
	await theirs.page.goto(`/${organization.slug}/inbox`);
	const list = theirs.page.getByRole('navigation', { name: 'Conversations' });
	await expect(list.getByText('About the night shift')).toBeVisible();
	const { page, context } = await signIn(browser, owner);
	await page.goto(settings(organization.slug, 'number-access'));
	await page.getByRole('link', { name: /Test number/ }).click();
	await page.getByLabel('Only owners, admins and those below').check();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(theirs.page.getByText('About the night shift')).toHaveCount(0, { timeout: 15_000 });
	await page.getByRole('checkbox', { name: /Robin Tester/ }).check();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(theirs.page.getByText('About the night shift').first()).toBeVisible({ timeout: 15_000 });
	await Promise.all([context.close(), theirs.context.close()]);
});

test('R1.5 the settings of an organization that is not yours look exactly like those of one that does not exist', async ({
	browser
}) => {
	const { organization } = await team();
	const { owner: stranger } = await team();
	const { page, context } = await signIn(browser, stranger);
	for (const section of ['organization', 'members', 'number-access', `members/${stranger.userId}`]) {
		const seen = [];
		for (const slug of [organization.slug, 'nobody-has-this-address']) {
			const answer = await page.goto(settings(slug, section));
			seen.push([answer?.status(), await page.title(), await page.locator('body').innerText()]);
		}
		expect(seen[0]).toEqual(seen[1]);
		expect(seen[0]?.[0]).toBe(404);
	}
	await context.close();
});
