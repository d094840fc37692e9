import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { env, signIn, signInByForm, sql, team } from '../support/browsers.ts';
import { createPerson, testPassword } from '../support/people.ts';
import { enterPassword } from './entering.ts';

/** Somebody at a conversation that has begun, with something typed into its composer. */
async function writing(browser: Parameters<typeof signIn>[0], words: string) {
	const at = await team();
	await at.handset.text(at.number.e164, 'Is the harbour room free on Friday?');
	const { page, context } = await signIn(browser, at.owner);
	await page.goto(`/${at.organization.slug}/inbox`);
	await page.getByRole('link', { name: /Is the harbour room free/ }).click();
	await expect(page.getByText(/Synced/).first()).toBeVisible();
	const composer = page.getByRole('form', { name: 'Write a text' }).getByRole('textbox');
	await composer.fill(words);
	return { ...at, page, context, composer };
}

const expire = (userId: string) => sql`
	update auth.sessions set created_at = now() - interval '31 days' where user_id = ${userId}`;

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Your session has ended' });

test('R1.6 an expired session asks for the password over the page, and the text that was refused is sent', async ({
	browser
}) => {
	const { page, context, owner, handset, number } = await writing(browser, 'Yes, it is free on Friday.');
	const address = page.url();
	// it ends while the text is on its way: nothing else finds out before the button was pressed
	await page.route(
		/\?\/send$/,
		async (route) => {
			await expire(owner.userId);
			await route.continue();
		},
		{ times: 1 }
	);
	const refusal = page.waitForResponse(/\?\/send$/);
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	expect(await (await refusal).json()).toMatchObject({
		type: 'redirect',
		location: expect.stringMatching(/^\/sign-in\?expired/) as unknown
	});
	await expect(dialog(page)).toBeVisible();
	await expect(page.getByText('Yes, it is free on Friday.').first()).toBeAttached();

	await enterPassword(page, 'Sign in', 'not the password');
	await expect(page.getByRole('dialog').getByText('No account has this e-mail address')).toBeVisible();
	await enterPassword(page, 'Sign in');
	await expect(dialog(page)).toBeHidden();
	await expect.poll(() => handset.received(), { timeout: 20_000 }).toEqual(['Yes, it is free on Friday.']);
	expect(page.url()).toBe(address);

	// the socket is one of the new session
	await handset.text(number.e164, 'Lovely, we come at noon.');
	await expect(page.getByText('Lovely, we come at noon.').first()).toBeVisible({ timeout: 20_000 });
	await context.close();
});

test('R1.6 whoever only reads is asked once, may go on reading, and is asked again when they want to send', async ({
	browser
}) => {
	const { page, context, owner, composer, handset } = await writing(browser, 'A draft to keep');
	await expire(owner.userId);
	// nobody touches the page: the socket is cut, and the page finds out why
	await expect(dialog(page)).toBeVisible({ timeout: 20_000 });
	await page.getByRole('button', { name: 'Not now' }).click();
	await expect(dialog(page)).toBeHidden();
	await expect(composer).toHaveValue('A draft to keep');
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(dialog(page)).toBeVisible();
	await enterPassword(page, 'Sign in');
	await expect.poll(() => handset.received(), { timeout: 20_000 }).toEqual(['A draft to keep']);
	await context.close();
});

test('R1.6 a page that reads itself anew under an expired session stays, and signing in again in one tab is enough for all', async ({
	browser
}) => {
	const { page, context, owner, organization, composer } = await writing(browser, 'Half a sentence');
	const address = page.url();
	const other = await context.newPage();
	await other.goto(address);
	// it ends while the page asks for what a colleague has changed
	await page.route(
		/__data\.json/,
		async (route) => {
			await expire(owner.userId);
			await route.continue();
		},
		{ times: 1 }
	);
	await sql`update public.organizations set name = 'Harbour Stays' where id = ${organization.id}`;
	await expect(dialog(page)).toBeVisible({ timeout: 20_000 });
	await expect(dialog(other)).toBeVisible({ timeout: 20_000 });
	expect(page.url()).toBe(address);
	await enterPassword(page, 'Sign in');
	await expect(dialog(page)).toBeHidden();
	await expect(dialog(other)).toBeHidden();
	await expect(composer).toHaveValue('Half a sentence');
	for (const tab of [page, other])
		await expect(tab.getByRole('button', { name: 'Organization: Harbour Stays' })).toBeVisible({ timeout: 20_000 });
	await context.close();
});

test('R1.6 a form that an expired session refused is sent again with what was typed', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	// so that it is the form that finds out
	await page.route('**/session/token', (route) => route.abort());
	await page.goto(`/${organization.slug}/settings/confirm`);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await expire(owner.userId);
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(dialog(page)).toBeVisible();
	await enterPassword(page, 'Sign in');
	await page.waitForURL(`**/${organization.slug}/settings`);
	await context.close();
});

test('R1.6 the dialog lets nobody else in: whoever signed in meanwhile in this browser has the page to themselves', async ({
	browser
}) => {
	const { owner, colleague, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.route('**/session/token', (route) => route.abort());
	await page.goto(`/${organization.slug}/settings/confirm`);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await expire(owner.userId);
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(dialog(page)).toBeVisible();
	// a colleague takes over the browser in another tab
	const other = await signIn(browser, colleague);
	await context.clearCookies();
	await context.addCookies(await other.context.cookies());
	await enterPassword(page, 'Sign in');
	await expect(dialog(page)).toBeHidden();
	await expect(page.getByText(owner.email)).toHaveCount(0);
	await other.context.close();
	await context.close();
});

test('R1.7 the list of devices tells them apart, and one that is signed out arrives at the sign-in page', async ({
	browser
}) => {
	const { owner, organization } = await team();
	// the one that createPerson made
	await sql`delete from auth.sessions where user_id = ${owner.userId}`;
	const here = await signInByForm(browser, owner);
	const there = await signInByForm(browser, owner, {
		userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0'
	});
	await there.page.goto(`/${organization.slug}/inbox`);
	await expect(there.page.getByText(/Synced/).first()).toBeVisible();
	const settings = await there.context.newPage();
	await settings.goto(`/${organization.slug}/settings/security`);
	await expect(settings.getByText('This device')).toBeVisible();

	await here.page.goto(`/${organization.slug}/settings/security`);
	const devices = here.page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem');
	await expect(devices).toHaveCount(2);
	await expect(devices.filter({ hasText: 'This device' })).toContainText('Chrome');
	await expect(devices.filter({ hasText: 'Firefox on Linux' })).toContainText('127.0.0.1');
	await here.page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
	await expect(here.page.getByText('Firefox on Linux is signed out.')).toBeVisible();
	await expect(devices).toHaveCount(1);
	await there.page.waitForURL('**/sign-in*', { timeout: 20_000 });
	await settings.bringToFront();
	await settings.waitForURL('**/sign-in*', { timeout: 20_000 });

	await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await here.page.waitForURL('**/sign-in');
	const [left] = await sql`select count(*)::int from auth.sessions where user_id = ${owner.userId}`;
	expect(left?.count).toBe(0);
	await there.context.close();
	await here.context.close();
});

test('R1.7 whoever signs out is not told that their session has ended, however long the answer takes', async ({
	browser
}) => {
	const { owner, organization } = await team();
	for (const path of ['settings/security', 'inbox']) {
		const { page, context } = await signInByForm(browser, owner);
		await page.goto(`/${organization.slug}/${path}`);
		if (path === 'inbox') await expect(page.getByText(/Synced/).first()).toBeVisible();
		// the page asks every five seconds whether the session still is one, and its socket is closed at once
		await page.route('**/sign-out', async (route) => {
			const response = await route.fetch({ maxRedirects: 0 });
			await page.waitForTimeout(7000);
			await route.fulfill({ response });
		});
		if (path === 'inbox') {
			await page
				.getByRole('button', { name: /account|menu/i })
				.first()
				.click();
			await page.getByRole('menuitem', { name: 'Sign out' }).click();
		} else await page.getByRole('button', { name: 'Sign out everywhere' }).click();
		await page.waitForURL('**/sign-in*');
		expect(new URL(page.url()).search).toBe('');
		await context.close();
	}
});

for (const javaScriptEnabled of [true, false]) {
	test(`R1.3 R1.4 the next page says when one came last and how often it failed since, once (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const owner = await createPerson(sql, env);
		await (await signInByForm(browser, owner)).context.close();
		const context = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled });
		const page = await context.newPage();
		for (const password of ['wrong', 'wrong again', testPassword]) {
			await page.goto('/sign-in');
			await page.getByLabel('E-mail address').fill(owner.email);
			await page.getByLabel('Password', { exact: true }).fill(password);
			await page.getByRole('button', { name: 'Sign in' }).click();
			if (password !== testPassword) await expect(page.getByText('No account has this e-mail address')).toBeVisible();
		}
		await page.waitForURL('**/inbox');
		await expect(
			page.getByText(/Last sign-in: Chrome on Linux from 127\.0\.0\.1, .* 2 failed attempts since\./)
		).toBeVisible();
		await page.reload();
		await expect(page.getByRole('heading', { name: 'Inbox' }).first()).toBeVisible();
		await expect(page.getByText('Last sign-in')).toBeHidden();
		await context.close();
	});

	test(`R1.4 after many failures the form says in how many seconds the next try counts (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const owner = await createPerson(sql, env);
		await sql`
			insert into private.sign_in_attempts (account, address, outcome)
			select private.account_key(${owner.email}), '203.0.113.9', 'failed' from generate_series(1, 26)`;
		const context = await browser.newContext({ baseURL: env.APP_URL, javaScriptEnabled });
		const page = await context.newPage();
		if (javaScriptEnabled) await page.clock.install();
		await page.goto('/sign-in');
		await page.getByLabel('E-mail address').fill(owner.email);
		await page.getByLabel('Password', { exact: true }).fill(testPassword);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(page.getByText(/Try again in \d+ seconds?\./)).toBeVisible();
		await expect(page.getByLabel('E-mail address')).toHaveValue(owner.email);
		// what counts down is a script that comes after the words
		await page.waitForLoadState();
		// time passes, in the browser and then here; nothing is locked
		if (javaScriptEnabled) await page.clock.runFor('01:01');
		if (javaScriptEnabled) await expect(page.getByText('Try again now.')).toBeVisible();
		await sql`
			update private.sign_in_attempts set created_at = created_at - interval '1 minute'
			where account = private.account_key(${owner.email})`;
		await page.getByLabel('Password', { exact: true }).fill(testPassword);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL('**/inbox');
		await context.close();
	});
}

/** What no page may do: fail axe, scroll sideways, throw or break the policy of its scripts. */
async function readsWell(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

for (const [colorScheme, width] of [
	['light', 360],
	['dark', 1440]
] as const) {
	test(`R1.7 R6.4 the pages about sessions read well, ${colorScheme}, ${width} px, and the dialog works by keyboard`, async ({
		browser
	}) => {
		const { owner, organization } = await team();
		await (await signInByForm(browser, owner)).context.close();
		const { page, context } = await signInByForm(browser, owner, { colorScheme, viewport: { width, height: 800 } });
		const heard: string[] = [];
		page.on('pageerror', (error) => heard.push(error.message));
		page.on('console', (message) => message.type() === 'error' && heard.push(message.text()));
		await expect(page.getByText('Last sign-in')).toBeVisible();
		await readsWell(page);
		const data = '[{"slug":1,"says":2,"errors":3,"values":3},"fresh_session_required","Once more.",{}]';
		await page.route('**/settings/security?/endOthers', (route) =>
			route.fulfill({ json: { type: 'failure', status: 403, data } })
		);
		await page.goto(`/${organization.slug}/settings/security`);
		await readsWell(page);
		const button = page.getByRole('button', { name: 'Sign out the others' });
		await button.focus();
		await page.keyboard.press('Enter');
		await expect(page.getByRole('dialog').getByLabel('Password', { exact: true })).toBeFocused();
		await readsWell(page);
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog')).toBeHidden();
		await expect(button).toBeFocused();
		// whoever closed it reads why nothing happened, and finds the page that asks the same
		await page.getByRole('link', { name: 'Enter your password' }).click();
		await expect(page.getByRole('heading', { name: 'Enter your password' })).toBeVisible();
		await readsWell(page);
		expect(heard).toEqual([]);
		await sql`update public.profiles set suspended_at = now() where id = ${owner.userId}`;
		await page.goto('/');
		await expect(page.getByRole('heading', { name: 'Your account is suspended' })).toBeVisible();
		await readsWell(page);
		await context.close();
	});
}

test('a form that is sent without a connection says so above what was typed, and works once it is back', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/confirm`);
	const password = page.getByLabel('Password', { exact: true });
	await password.fill(testPassword);
	await context.setOffline(true);
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('There is no connection.')).toBeVisible();
	await expect(password).toHaveValue(testPassword);
	await context.setOffline(false);
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.waitForURL(`**/${organization.slug}/settings`);
	await context.close();
});
