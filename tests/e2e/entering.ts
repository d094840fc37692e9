import type { Page } from '@playwright/test';
import { testPassword } from '../support/people.ts';

/** Enters the password in the dialog over the page. */
export async function enterPassword(page: Page, button: string, password = testPassword): Promise<void> {
	const asked = page.getByRole('dialog');
	await asked.getByLabel('Password', { exact: true }).fill(password);
	await asked.getByRole('button', { name: button }).click();
}
