import { expect, test } from '@playwright/test';
import { signIn, sql, team } from '../support/browsers.ts';
import { testPassword } from '../support/people.ts';
import { enterPassword } from './entering.ts';

test('R6.4 a change that needs a fresh password asks for it over the page and then carries on', async ({ browser }) => {
	const { owner, organization } = await team();
	// the one that createPerson made
	await sql`delete from auth.sessions where user_id = ${owner.userId}`;
	const { page, context } = await signIn(browser, owner);
	const elsewhere = await signIn(browser, owner);
	await sql`
		update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
	// the first answer is what a sensitive verb says; what comes after it is real
	let refused = 0;
	await page.route('**/settings/security?/endOthers', async (route) => {
		if (refused++ > 0) return route.continue();
		const data = '[{"slug":1,"says":2,"errors":3,"values":3},"fresh_session_required","Once more.",{}]';
		await route.fulfill({ json: { type: 'failure', status: 403, data } });
	});
	await page.goto(`/${organization.slug}/settings/security`);
	await page.getByRole('button', { name: 'Sign out the others' }).click();
	await expect(page.getByRole('dialog', { name: 'Enter your password to go on' })).toBeVisible();
	await enterPassword(page, 'Go on', 'not the password');
	await expect(page.getByRole('dialog').getByText('This is not the password of this account')).toBeVisible();
	await enterPassword(page, 'Go on');
	await expect(page.getByText('The other device is signed out.')).toBeVisible();
	expect(refused).toBe(2);
	const [fresh] = await sql`
		select password_entered_at > now() - interval '1 minute' as now from private.session_details where user_id = ${owner.userId}`;
	expect(fresh?.now).toBe(true);
	// the check's own sign-in left nothing behind
	const [sessions] = await sql`select count(*)::int from auth.sessions where user_id = ${owner.userId}`;
	expect(sessions?.count).toBe(1);
	await elsewhere.context.close();
	await context.close();
});

test('R6.4 without scripts the password is entered on a page of its own, which leads back', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await sql`
		update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
	const back = `/${organization.slug}/settings/security`;
	await page.goto(`/${organization.slug}/settings/confirm?${new URLSearchParams({ next: back })}`);
	await page.getByLabel('Password', { exact: true }).fill('not the password');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('This is not the password of this account')).toBeVisible();
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.waitForURL(`**${back}`);
	const [fresh] = await sql`
		select password_entered_at > now() - interval '1 minute' as now from private.session_details where user_id = ${owner.userId}`;
	expect(fresh?.now).toBe(true);
	await context.close();
});
