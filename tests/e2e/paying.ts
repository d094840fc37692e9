/** Money that people pay in, for tests of what it is paid for. */
import { expect, type Page } from '@playwright/test';
import { env } from '../support/browsers.ts';

/** The provider's test cards. */
export const cards = {
	pays: '4242 4242 4242 4242',
	declined: '4000 0000 0000 0002',
	asksAlways: '4000 0027 6000 3184'
};

export const wallet = (page: Page) => page.getByRole('region', { name: 'Wallet' });

/** From the page of plan and wallet to the provider's, for one of the amounts that are offered: '$20'. */
export async function askTopUp(page: Page, amount: string): Promise<void> {
	await wallet(page).getByLabel(amount, { exact: true }).check();
	await wallet(page).getByRole('button', { name: 'Top up' }).click();
}

/** At the provider's page: fills in a card and sends it. */
export async function pay(page: Page, number: string): Promise<void> {
	await page.waitForURL(`${env.PAYMENTS_URL}/**`);
	await page.getByLabel('E-mail').fill('noor@tidewater.example');
	await page.getByLabel('Card number').fill(number);
	await page.getByLabel('Expires').fill('11 / 29');
	await page.getByLabel('Security code').fill('123');
	await page.getByLabel('Name on card').fill('Noor Haddad');
	await page.locator('form.sheet').getByRole('button').click();
}

/** The page again, until what others are to do has come to it. */
export async function eventually(page: Page, path: string, look: () => Promise<void>): Promise<void> {
	await expect(async () => {
		await page.goto(path);
		await look();
	}).toPass({ timeout: 30_000 });
}
