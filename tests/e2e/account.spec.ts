import { randomUUID } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { testPassword } from '../support/people.ts';

type Mail = { to: { address: string }[]; html: string; subject: string };

/** The link in the newest mail to this address, as its reader would follow it. */
async function linkFor(email: string): Promise<string> {
	let link: string | undefined;
	await expect
		.poll(async () => {
			const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
			const mail = mails.filter((one) => one.to.some((to) => to.address === email)).at(-1);
			link = /href="([^"]+verify[^"]+)"/.exec(mail?.html ?? '')?.[1]?.replaceAll('&amp;', '&');
			return link;
		})
		.toBeTruthy();
	return link ?? '';
}

for (const javaScriptEnabled of [true, false]) {
	test(`R1.1 R1.2 R1.3 a new person registers, confirms by a click and arrives in an inbox of their own (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const name = `person_${randomUUID().slice(0, 8)}`;
		const email = `${name}@example.com`;
		const context = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled });
		const page = await context.newPage();
		await page.goto('/sign-up');
		await page.getByLabel('E-mail address').fill(email);
		await page.getByLabel('Username').fill(name);
		await page.getByLabel('Full name').fill('Rosa Lind');
		await page.getByLabel('Password', { exact: true }).fill('quiet harbour at dawn');
		await page.getByRole('button', { name: 'Make the account' }).click();
		await expect(page.getByText(email)).toBeVisible();

		const [stored] = await sql`select encrypted_password from auth.users where email = ${email}`;
		expect(stored?.encrypted_password).toMatch(/^\$2[aby]\$/);

		const link = await linkFor(email);
		// a mail scanner follows the link: that must not use it up
		await fetch(link);
		await page.goto(link);
		await page.getByRole('button').first().click();
		await page.waitForURL('**/inbox');
		await context.close();
	});
}

test('R1.4 a wrong password and an unknown address are refused in the same words, and the address stays typed', async ({
	browser
}) => {
	const { owner } = await team();
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const page = await context.newPage();
	const answers: string[] = [];
	for (const email of [owner.email, 'nobody@example.com']) {
		await page.goto('/sign-in');
		await page.getByLabel('E-mail address').fill(email);
		await page.getByLabel('Password', { exact: true }).fill('not the password');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(page.getByRole('alert').first()).toBeVisible();
		answers.push((await page.getByRole('alert').first().textContent()) ?? '');
		await expect(page.getByLabel('E-mail address')).toHaveValue(email);
	}
	expect(answers[0]).toBe(answers[1]);
	await context.close();
});

test('R1.5 R1.6 a protected page asks a stranger to sign in, and returns there afterwards', async ({ browser }) => {
	const { owner, organization } = await team();
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const page = await context.newPage();
	await page.goto(`/${organization.slug}/inbox`);
	await page.waitForURL('**/sign-in*');
	await page.getByLabel('E-mail address').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL(`**/${organization.slug}/inbox`);
	await context.close();
});

test('R1.6 R1.7 a session that was ended elsewhere asks for the password, on the open page and on the next one', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	await expect(page.getByText(/Synced/).first()).toBeVisible();
	await sql`delete from auth.sessions where user_id = ${owner.userId}`;
	await page.waitForURL('**/sign-in*', { timeout: 5_000 });
	await page.goto(`/${organization.slug}/inbox`);
	await page.waitForURL('**/sign-in*');
	await context.close();
});

test("another organization's address looks exactly like one that does not exist", async ({ browser }) => {
	const mine = await team();
	const theirs = await team();
	const { page, context } = await signIn(browser, mine.owner);
	const pages: (string | null)[] = [];
	for (const slug of [theirs.organization.slug, 'no-such-place-at-all']) {
		const response = await page.goto(`/${slug}/inbox`);
		expect(response?.status()).toBe(404);
		pages.push((await page.locator('body').innerText()).replaceAll(slug, ''));
	}
	expect(pages[0]).toBe(pages[1]);
	await context.close();
});
