import { expect, test } from '@playwright/test';
import { signIn, sql, team } from '../support/browsers.ts';
import { testPassword } from '../support/people.ts';

test('a suspended person reads whom to write to, wherever they go, and never an empty inbox', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await sql`update public.profiles set suspended_at = now() where id = ${owner.userId}`;
	for (const path of ['/', `/${organization.slug}/inbox`, `/${organization.slug}/settings/security`]) {
		const response = await page.goto(path);
		expect(response?.status()).toBe(403);
		await expect(page.getByRole('heading', { name: 'Your account is suspended' })).toBeVisible();
		await expect(page.getByRole('link', { name: 'support@cumapp.example' })).toBeVisible();
	}
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.waitForURL('**/sign-in');
	await page.getByLabel('E-mail address').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByText('This account is suspended.')).toBeVisible();
	await context.close();
});

test('a suspended organization says so, and the person’s others stay open', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await sql`update public.organizations set suspended_at = now() where id = ${organization.id}`;
	expect((await page.goto(`/${organization.slug}/inbox`))?.status()).toBe(403);
	await expect(page.getByRole('heading', { name: 'This organization is suspended' })).toBeVisible();
	await page.getByRole('link', { name: 'Go to the inbox' }).click();
	await page.waitForURL(`**/${owner.slug}/inbox`);
	await context.close();
});
