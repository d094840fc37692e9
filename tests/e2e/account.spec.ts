import { randomUUID } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { linkFor, mailsTo } from '../support/letters.ts';
import { createPerson, testPassword } from '../support/people.ts';

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
	await page.waitForURL('**/sign-in*', { timeout: 20_000 });
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

for (const javaScriptEnabled of [true, false]) {
	test(`R1.4 R1.7 a forgotten password is replaced by a letter, and every other device is signed out (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const { owner, organization } = await team();
		const elsewhere = await signIn(browser, owner);
		const context = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled });
		const page = await context.newPage();
		await page.goto('/sign-in');
		await page.getByRole('link', { name: 'Forgotten it?' }).click();
		const answers: string[] = [];
		for (const email of [`${randomUUID()}@nobody.example`, owner.email]) {
			await page.goto('/forgot-password');
			await page.getByLabel('E-mail address').fill(email);
			await page.getByRole('button', { name: 'Send the link' }).click();
			await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
			answers.push((await page.getByRole('main').innerText()).replace(email, '').replace(/\d+ seconds?/, ''));
		}
		expect(answers[0]).toBe(answers[1]);

		const link = await linkFor(owner.email, 'recovery');
		// a mail scanner follows the link: that must not use it up
		await fetch(link);
		await page.goto(link);
		const field = page.getByLabel('New password', { exact: true });
		const save = page.getByRole('button', { name: 'Save and sign in' });
		// common, then personal: the second has used the letter's token up, and one may go on
		for (const [typed, says] of [
			['password1234', 'This password is easy to guess'],
			[`${owner.username} at sea`, 'Leave them out'],
			[`five small boats ${owner.username.slice(-3)}`, '']
		] as const) {
			await field.fill(typed);
			await save.click();
			if (says) await expect(page.locator('.error').getByText(says)).toBeVisible();
		}
		await page.waitForURL('**/inbox');
		const [session] = await sql`
			select count(*)::int as all, bool_and(d.password_entered_at > now() - interval '1 minute') as fresh
			from auth.sessions s left join private.session_details d on d.session_id = s.id where s.user_id = ${owner.userId}`;
		expect(session).toEqual({ all: 1, fresh: true });
		await elsewhere.page.goto(`/${organization.slug}/inbox`);
		await elsewhere.page.waitForURL('**/sign-in*');
		await expect.poll(async () => (await mailsTo(owner.email)).at(-1)?.subject).toBe('Your password was changed');

		// the link opens nothing any more
		await context.clearCookies();
		await page.goto(link);
		await field.fill('six small boats at night');
		await save.click();
		await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible();
		await expect(page.getByRole('link', { name: 'Have a new link sent' })).toBeVisible();
		await elsewhere.context.close();
		await context.close();
	});
}

test('R1.2 another mail can be asked for when the limit is over: the button waits, and the sentence counts down', async ({
	browser
}) => {
	const email = `${randomUUID()}@nobody.example`;
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const page = await context.newPage();
	await page.goto('/check-mail');
	await page.getByLabel('E-mail address').fill(email);
	await page.getByRole('button', { name: 'Send a new link' }).click();
	const button = page.getByRole('button', { name: 'Send a new link' });
	await expect(page.getByText(/You can have another one sent in \d+ seconds/)).toBeVisible();
	await expect(button).toBeDisabled();
	// the server holds to it as well, whatever the page lets one press
	await page.route('**/countdown.js', (route) => route.abort());
	// in one go: each second the countdown takes the button back
	await button.evaluate((element: HTMLButtonElement) => {
		element.disabled = false;
		element.click();
	});
	await expect(page.getByRole('alert').getByText('This one was not sent')).toBeVisible();
	await context.close();
});

test('R1.2 a link that is spent offers a new one', async ({ browser }) => {
	const { email } = await createPerson(sql, env);
	const context = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto('/verify?type=signup&token_hash=spent');
	await page.getByRole('button', { name: 'Confirm and sign in' }).click();
	await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible();
	await page.getByLabel('E-mail address').fill(email);
	await page.getByRole('button', { name: 'Send a new link' }).click();
	await page.waitForURL('**/check-mail');
	await expect(page.getByText(email)).toBeVisible();
	await context.close();
});

test('R1.1 a reserved word is no username, and availability is asked for so often at most', async ({ browser }) => {
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const ask = (name: string) => context.request.get(`/sign-up/username?name=${name}`);
	expect(await (await ask('sign_in')).json()).toEqual({ free: false });
	expect(await (await ask(`free_${randomUUID().slice(0, 8)}`)).json()).toEqual({ free: true });
	const answers = await Promise.all(Array.from({ length: 40 }, () => ask('somebody')));
	const refused = answers.filter((answer) => answer.status() === 429);
	expect(refused.length).toBeGreaterThan(0);
	expect(Number(refused[0]?.headers()['retry-after'])).toBeGreaterThan(0);
	await context.close();
});
