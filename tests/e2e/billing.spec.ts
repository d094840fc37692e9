import { expect, test, type Page } from '@playwright/test';
import { env, signIn, sql } from '../support/browsers.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { askTopUp, cards, eventually, pay, wallet } from './paying.ts';

/** An owner at their organization's page of plan and wallet, with nothing paid and nothing given. */
async function scene() {
	const owner = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, plan: null });
	return { owner, id: organization.id, path: `/${organization.slug}/settings/billing` };
}

const plan = (page: Page) => page.getByRole('region', { name: 'Plan', exact: true });
const payments = (page: Page) => page.getByRole('region', { name: 'Card and invoices' });

test('a wallet is topped up by card: declined, then confirmed by the bank; then it fills itself', async ({
	browser
}) => {
	test.setTimeout(120_000);
	const { owner, id, path } = await scene();
	const { page, context } = await signIn(browser, owner);
	await page.goto(path);
	await askTopUp(page, '$20');
	await pay(page, cards.declined);
	await expect(page.getByRole('alert')).toHaveText('Your card was declined.');
	await pay(page, cards.pays);
	await page.waitForURL(`${env.APP_URL}${path}?back=*`);
	await expect(page.getByText('$20.00 are in the wallet.')).toBeVisible();
	await expect(wallet(page).locator('.figure')).toContainText('$20.00');
	await expect(payments(page)).toContainText('Visa ending in 4242');
	await expect(payments(page).getByRole('listitem')).toHaveCount(1);

	await wallet(page).getByLabel('Another amount').fill('7.50');
	await wallet(page).getByRole('button', { name: 'Top up' }).click();
	await pay(page, cards.asksAlways);
	await expect(page.getByRole('heading', { name: '3-D Secure' })).toBeVisible();
	await page.getByRole('button', { name: 'Complete' }).click();
	await page.waitForURL(`${env.APP_URL}${path}?back=*`);
	await expect(wallet(page).locator('.figure')).toContainText('$27.50');

	const automatic = page.getByRole('region', { name: 'Automatic top-up' });
	await automatic.getByLabel('When below').fill('30');
	await automatic.getByLabel('Top up by').fill('25');
	await automatic.getByLabel('In a month at most').fill('60');
	await automatic.getByRole('button', { name: 'Switch on' }).click();
	await expect(page.getByText('The wallet fills itself from now on.')).toBeVisible();
	// its bank wants the owner each time: it waits for them, and goes on once they have confirmed
	await sql`select private.ask_auto_top_up(${id})`;
	await eventually(page, path, () =>
		expect(page.getByText('Your bank wants you to confirm $25.00')).toBeVisible({ timeout: 500 })
	);
	await page.getByRole('button', { name: 'Confirm the payment' }).click();
	await page.getByRole('button', { name: 'Complete' }).click();
	await page.waitForURL(`${env.APP_URL}${path}?back=*`);
	await expect(wallet(page).locator('.figure')).toContainText('$52.50');
	await context.close();
});

test('a plan is subscribed to, changed for what the preview said, cancelled and kept; its card and receipts are there', async ({
	browser
}) => {
	test.setTimeout(120_000);
	const { owner, path } = await scene();
	const { page, context } = await signIn(browser, owner);
	await page.goto(path);
	await expect(plan(page)).toContainText('Free');
	await plan(page).getByRole('link', { name: 'See the plans' }).click();
	await page.getByRole('button', { name: 'Choose Starter for $19 a month' }).click();
	await expect(page.getByRole('heading', { name: 'Subscribe' })).toBeVisible();
	await pay(page, cards.pays);
	await page.waitForURL(`${env.APP_URL}${path}?back=*`);
	await expect(plan(page)).toContainText('Starter');
	await expect(plan(page)).toContainText('Renews on');

	await plan(page).getByRole('link', { name: 'Change the plan' }).click();
	await page.getByRole('button', { name: 'Choose Pro for $79 a month' }).click();
	const change = page.getByRole('button', { name: /^Change to Pro for \$(59\.99|60\.00)$/ });
	await expect(change).toBeVisible();
	await change.click();
	await page.waitForURL(`**${path}*`);
	await eventually(page, path, async () => {
		await expect(plan(page)).toContainText('Pro', { timeout: 500 });
		await expect(payments(page).getByRole('listitem')).toHaveCount(2, { timeout: 500 });
	});
	await plan(page).getByRole('button', { name: 'Cancel at the end of what is paid' }).click();
	await expect(plan(page)).toContainText('Ends ');
	await plan(page).getByRole('button', { name: 'Keep the plan' }).click();
	await expect(plan(page)).toContainText('Renews on');

	await payments(page).getByRole('button', { name: 'Change card, address or tax id' }).click();
	await page.getByLabel('Address', { exact: true }).fill('Pier 4');
	await page.getByRole('button', { name: 'Save address' }).click();
	await page.getByRole('link', { name: 'Go back' }).click();
	await eventually(page, path, () => expect(payments(page)).toContainText('Pier 4', { timeout: 500 }));
	await context.close();
});
