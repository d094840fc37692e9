import { expect, test } from '@playwright/test';
import { handset as newHandset, signIn, sql, team } from '../support/browsers.ts';
import { expectToFit, expectToReadWell } from '../support/looks.ts';

test('R5.3 in the thread a wrong code is corrected after a look at what else changes, the rule holds, and a hidden code is revealed to admins', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	const home = `/${organization.slug}`;
	const wording = (ref: number, code: number) => `Quillon: your code is ${code}. Locker ${ref}`;
	await newHandset().text(number.e164, wording(240816, 5531));
	await handset.text(number.e164, wording(771930, 6642));
	const noor = await signIn(browser, owner);
	const { page } = noor;
	await page.goto(`${home}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: '771930' }).click();
	const bubble = page.locator('.bubble');
	await expect(bubble.getByRole('button', { name: 'Copy the code 6642' })).toBeVisible();
	await bubble.hover();
	await bubble.getByRole('link', { name: 'Correct the code' }).click();

	await page.getByLabel('771930').check();
	await page.getByRole('button', { name: 'See what would change' }).click();
	await expect(page.getByRole('heading', { name: '2 texts would change' })).toBeVisible();
	await expect(page.getByText('5531 → 240816')).toBeVisible();
	await expectToReadWell(page);
	expect(await sql`select 1 from public.code_rules where organization_id = ${organization.id}`).toHaveLength(0);
	await page.getByRole('button', { name: 'Make it a rule' }).click();
	await expect(page.getByText('2 texts changed.')).toBeVisible();
	await page.getByRole('link', { name: 'Back to the conversation' }).click();
	await expect(bubble.getByRole('button', { name: 'Copy the code 771930' })).toBeVisible();
	await handset.text(number.e164, wording(118400, 9988));
	await expect(bubble.getByRole('button', { name: 'Copy the code 118400' })).toBeVisible();

	// a colleague who did not ask is told why, and nobody by name
	const maya = await signIn(browser, colleague, { viewport: { width: 390, height: 844 } });
	await maya.page.goto(page.url());
	await expect(maya.page.locator('.bubble').getByText('Locker ••••••').first()).toBeVisible();
	await expect(maya.page.getByText('The code is hidden').first()).toBeVisible();
	await expect(maya.page.getByRole('link', { name: 'Correct the code' })).toHaveCount(0);
	await maya.page.goto(`${home}/settings/codes`);
	await expect(maya.page.getByText('Owners, Admins')).toBeVisible();
	await expectToFit(maya.page);

	// the settings: who sees codes sees and deletes the rules about them; then nobody's role sees codes any more, and they are
	// kept for a day and a half
	await page.goto(`${home}/settings/codes`);
	await expect(page.getByText('code is 0000. locker')).toBeVisible();
	await page.getByRole('button', { name: /^Delete the rule/ }).click();
	await expect(page.getByText('None yet')).toBeVisible();
	await page.getByLabel('Owners').uncheck();
	await page.getByLabel('Keep codes for').fill('36');
	await page.getByLabel('Unit').selectOption('hours');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();

	await page.goto(maya.page.url().replace('/settings/codes', '/inbox'));
	await page
		.getByRole('navigation', { name: 'Conversations' })
		.getByRole('link')
		.filter({ hasText: 'Locker' })
		.first()
		.click();
	await page.getByRole('button', { name: 'Reveal the code' }).first().click();
	await expect(page.getByRole('status').filter({ hasText: /771930|118400|240816/ })).toBeVisible();
	const lines = await sql`
		select verb from public.audit_log where organization_id = ${organization.id} and verb like 'code.%' order by id`;
	expect(lines.map(({ verb }) => String(verb))).toEqual([
		'code.rule_added',
		'code.rule_removed',
		'code.settings_changed',
		'code.revealed'
	]);
	await noor.context.close();
	await maya.context.close();
});
