import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { linkFor, mailsTo } from '../support/letters.ts';
import { createPerson, testPassword } from '../support/people.ts';

/** Their password was entered a while ago. */
const grownStale = (userId: string) => sql`
	update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${userId}`;

async function enterPassword(page: Page): Promise<void> {
	const asked = page.getByRole('dialog', { name: 'Enter your password to go on' });
	await asked.getByLabel('Password', { exact: true }).fill(testPassword);
	await asked.getByRole('button', { name: 'Go on' }).click();
}

for (const javaScriptEnabled of [true, false]) {
	test(`R6.4 a password is changed with the one before, and the other browser is signed out (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const { owner, organization } = await team();
		const elsewhere = await signIn(browser, owner);
		await elsewhere.page.goto(`/${organization.slug}/inbox`);
		const { page, context } = await signIn(browser, owner, { javaScriptEnabled });
		await page.goto(`/${organization.slug}/settings/security`);
		await page.getByRole('link', { name: 'Change the password' }).click();
		const now = page.getByLabel('Password you have now', { exact: true });
		const next = page.getByLabel('New password', { exact: true });
		const save = page.getByRole('button', { name: 'Change the password' });
		const refusals: [current: string, wanted: string, says: string][] = [
			['not the password', 'five small boats at noon', 'This is not the password of this account'],
			[testPassword, 'short', 'Use 10 characters at least'],
			[testPassword, 'a'.repeat(73), 'only 72 bytes'],
			[testPassword, 'password1234', 'This password is easy to guess'],
			[testPassword, `${owner.username} at sea`, 'Leave them out'],
			[testPassword, testPassword, 'This is the password you have already']
		];
		for (const [current, wanted, says] of refusals) {
			await now.fill(current);
			await next.fill(wanted);
			await save.click();
			await expect(page.locator('.error').getByText(says)).toBeVisible();
		}
		await now.fill(testPassword);
		await next.fill('five small boats at noon');
		await save.click();
		await expect(page.getByText('Saved. Every other device is signed out')).toBeVisible();
		await expect(next).toHaveValue('');
		await expect.poll(async () => (await mailsTo(owner.email)).at(-1)?.subject).toBe('Your password was changed');
		await elsewhere.page.waitForURL('**/sign-in*', { timeout: 15_000 });
		await page.goto(`/${organization.slug}/inbox`);
		await expect(page.getByRole('heading', { name: 'Inbox' }).first()).toBeVisible();
		await elsewhere.context.close();
		await context.close();
	});
}

test('R6.4 strength is said in words while one types, and the word lists come with the field’s first use', async ({
	browser
}) => {
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const page = await context.newPage();
	const scripts = new Map<string, number>();
	page.on('response', async (response) => {
		if (response.request().resourceType() !== 'script') return;
		scripts.set(response.url(), gzipSync(await response.body()).length);
	});
	const weight = () => [...scripts.values()].reduce((sum, size) => sum + size, 0);
	await page.goto('/sign-up', { waitUntil: 'networkidle' });
	const before = weight();
	expect(before).toBeLessThanOrEqual(60_000);
	const field = page.getByLabel('Password', { exact: true });
	const meter = page.getByRole('meter', { name: 'Strength' });
	await page.getByLabel('Username').fill('rosa_lindqvist');
	await field.fill('password1234');
	await expect(meter).toHaveAttribute('aria-valuetext', 'Easy to guess', { timeout: 20_000 });
	// weighing them takes longer than using them
	await expect.poll(weight).toBeGreaterThan(before + 200_000);
	await field.fill('rosa_lindqvist 9');
	await expect(page.getByText('leave out your own names')).toBeVisible();
	await field.fill('quiet harbour at dawn');
	await expect(page.getByRole('status').getByText('Strong.')).toBeVisible();
	await context.close();
});

test('R6.3 an e-mail address changes when both mailboxes have agreed', async ({ browser }) => {
	const { owner, organization } = await team();
	const next = `${randomUUID().slice(0, 8)}@moved.example`;
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/account`);
	await grownStale(owner.userId);
	await sql`update auth.sessions set created_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
	await page.getByLabel('New e-mail address').fill(next);
	await page.getByRole('button', { name: 'Change the address' }).click();
	await enterPassword(page);
	await expect(page.getByText('Open the link in each of the two letters.')).toBeVisible();

	// each in a browser of its own, without scripts; a scanner was there before
	const mailbox = async (email: string, says: string) => {
		const link = await linkFor(email, 'email_change');
		await fetch(link);
		const reader = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled: false });
		const letter = await reader.newPage();
		await letter.goto(link);
		await letter.getByRole('button', { name: 'Confirm the change' }).click();
		await expect(letter.getByRole('heading', { name: says })).toBeVisible();
		await letter.goto(link);
		await letter.getByRole('button', { name: 'Confirm the change' }).click();
		await expect(letter.getByRole('heading', { name: 'This link has expired' })).toBeVisible();
		await reader.close();
	};
	await mailbox(next, 'One more letter');
	await page.reload();
	await expect(page.getByText(`${next}: has agreed`)).toBeVisible();
	await expect(page.getByText(`${owner.email}: the letter is still open`)).toBeVisible();
	await mailbox(owner.email, 'Your address is changed');
	await page.reload();
	await expect(page.getByText(`Your address is ${next}`)).toBeVisible();
	await context.close();
	const again = await signIn(browser, { email: next });
	await again.context.close();
});

test('R6.3 a change of address that is called off opens nothing any more', async ({ browser }) => {
	const { owner, organization } = await team();
	const next = `${randomUUID().slice(0, 8)}@moved.example`;
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/account`);
	await page.getByLabel('New e-mail address').fill(next);
	await page.getByRole('button', { name: 'Change the address' }).click();
	const link = await linkFor(next, 'email_change');
	await page.getByRole('button', { name: 'Call the change off' }).click();
	await expect(page.getByText(`Your address stays ${owner.email}`)).toBeVisible();
	await page.goto(link);
	await page.getByRole('button', { name: 'Confirm the change' }).click();
	await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible();
	await context.close();
});

test('R1.7 an account is deleted in fourteen days, and every page offers to keep it', async ({ browser }) => {
	const owner = await createPerson(sql, env);
	const { page, context } = await signIn(browser, owner);
	const settings = `/${owner.slug}/settings/account`;
	await page.goto(settings);
	await grownStale(owner.userId);
	const remove = page.getByRole('button', { name: 'Delete my account in 14 days' });
	await remove.click();
	await enterPassword(page);
	const keep = page.getByRole('button', { name: 'Keep my account' }).first();
	await expect(keep).toBeVisible();
	await expect.poll(async () => (await mailsTo(owner.email)).at(-1)?.subject).toMatch(/will be deleted/);
	await page.goto(`/${owner.slug}/inbox`);
	await expect(page.getByText('Your account will be deleted on')).toBeVisible();
	await keep.click();
	await expect(page.getByText('Your account stays.')).toBeVisible();
	await expect(page.getByText('Your account will be deleted on')).toBeHidden();

	await remove.click();
	await expect(keep).toBeVisible();
	await sql`update public.profiles set deletion_requested_at = now() - interval '15 days' where id = ${owner.userId}`;
	await sql`update private.jobs set run_at = now() where queue_key = ${`account:${owner.userId}`}`;
	await sql`select private.ring_worker()`;
	await page.waitForURL('**/sign-in*', { timeout: 30_000 });
	await page.getByLabel('E-mail address').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByText('No account has this e-mail address with this password')).toBeVisible();
	await context.close();
});

test('R1.7 the last owner of a team is told what stands in the way, also without scripts', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/settings/account`);
	await expect(page.getByRole('button', { name: /Delete my account/ })).toHaveCount(0);
	await page.getByRole('link', { name: 'Hand ownership over' }).click();
	await page.waitForURL(`**/${organization.slug}/settings/organization`);
	await context.close();
});
