import { expect, test, type Page } from '@playwright/test';
import { env, handset as newHandset, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { createOrganization, createPerson } from '../support/people.ts';

// two or three people each, which takes long on a busy machine
test.describe.configure({ timeout: 150_000 });

const code = (page: Page) => page.locator('[data-code]');
const chip = (page: Page, word: string) => page.getByRole('main').locator('header').getByText(word, { exact: true });
const lines = (page: Page) => page.getByRole('region', { name: /Every code that came|Why this is the code/ });
const idOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1)!;
/** In a note and as a service's name: words, and nothing else. */
const hostile = `"><img src=x onerror=window.ran=1>`;

const statusOf = async (id: string) => (await sql`select status from public.verifications where id = ${id}`)[0]?.status;

/** The organization has said that it asks for codes of its own only. */
const confirmed = (organization: { id: string }) =>
	sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organization.id}`;

/** Asks for a code by the form. Answers the request's id, on its page. */
async function ask(page: Page, slug: string, service: string, note = ''): Promise<string> {
	await page.goto(`/${slug}/verifications/new`);
	await page.getByLabel('Service', { exact: true }).fill(service);
	await page.getByLabel('Note', { exact: true }).fill(note);
	await page.getByRole('button', { name: 'Ask for the code' }).click();
	await expect(page.getByRole('heading', { level: 1, name: service })).toBeVisible();
	await page.waitForURL(/verifications\/[\da-f-]{36}$/);
	return idOf(page);
}

test('R5.1 R5.3 R5.8 a person asks for a code, the handset texts it, the page shows it at once, and copying completes it', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	const home = `/${organization.slug}/verifications`;

	// nobody has said yet that the codes are of their own accounts: a member learns who can
	const maya = await signIn(browser, colleague);
	await maya.page.goto(`${home}/new`);
	await expect(maya.page.getByText(`${owner.fullName} can do that`)).toBeVisible();
	await expect(maya.page.getByRole('button', { name: 'Ask for the code' })).toHaveCount(0);

	const { page, context } = await signIn(browser, owner);
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const heard = complaints(page);
	await page.goto(`${home}/new`);
	const service = page.getByLabel('Service', { exact: true });
	await service.pressSequentially('goo');
	await expect(page.getByRole('listbox', { name: 'Known services' }).getByRole('option')).toHaveText(['GGoogle']);
	await expectToReadWell(page);
	await service.press('ArrowDown');
	await service.press('Enter');
	await expect(service).toHaveValue('Google');
	await expect(page.getByLabel('Wait for')).toHaveValue('600');
	await page.getByLabel('Number').selectOption(number.id);
	await page.getByLabel('Note', { exact: true }).fill(hostile);
	await page.getByRole('checkbox', { name: /our own accounts and tests only/ }).check();
	await page.getByRole('button', { name: 'Ask for the code' }).click();
	await page.waitForURL(/verifications\/[\da-f-]{36}$/);
	await expect(page.getByText('Type this number at Google', { exact: false })).toBeVisible();
	await expect(page.getByText(/^(10:00|9:\d\d) left$/)).toBeVisible();
	await page.getByRole('button', { name: 'Copy number' }).click();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(number.e164);
	await expect(page.getByText(hostile)).toBeVisible();

	await page.getByLabel('Show the code in the tab’s title').check();
	await maya.page.goto(page.url());
	await expect(maya.page.getByText('Waiting', { exact: true })).toBeVisible();
	await handset.text(number.e164, 'G-482910 is your Google verification code');
	await expect(code(page)).toHaveText('482910');
	await expect(page).toHaveTitle(/^(\(\d+\) )?482910 · Google/);
	// who did not ask sees that it came, and for whom it is
	await expect(maya.page.getByText(/This code is for/)).toBeVisible();
	expect(await maya.page.content()).not.toContain('482910');
	await expect(maya.page.getByRole('button', { name: 'Reveal' })).toHaveCount(0);
	await maya.context.close();

	await handset.text(number.e164, 'G-731204 is your Google verification code');
	await expect(code(page)).toHaveText('731204');
	await expect(lines(page).getByRole('listitem')).toHaveCount(2);
	await expect(lines(page).getByRole('listitem').first()).toContainText('Newest, counts');
	await expect(lines(page)).toContainText('482910');
	await expectToReadWell(page);
	await page.keyboard.press('c');
	await expect(chip(page, 'Completed')).toBeVisible();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('731204');
	const [row] = await sql`select status, final_code from public.verifications where id = ${idOf(page)}`;
	expect(row).toEqual({ status: 'completed', final_code: '731204' });

	// what comes after the end is kept, and does not count
	await handset.text(number.e164, 'G-555123 is your Google verification code');
	await expect(lines(page)).toContainText('Came late');
	await expect(code(page)).toHaveText('731204');
	expect(await page.evaluate(() => 'ran' in window)).toBe(false);

	await page.getByRole('button', { name: 'Ask again' }).click();
	await expect(chip(page, 'Waiting')).toBeVisible();
	expect(heard).toEqual([]);
	await context.close();
});

test('R5.3 R5.8 two requests on one number: one of them without scripts, a code that fits both, a choice by one press', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	await confirmed(organization);
	// nobody's role sees the codes of others
	await sql`update public.organizations set code_roles = '{}' where id = ${organization.id}`;
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague, { javaScriptEnabled: false });
	await ask(noor.page, organization.slug, 'Steam');
	const theirs = await ask(maya.page, organization.slug, 'Steam');
	const { page } = noor;

	await handset.text(number.e164, 'Steam: your code is 904417');
	const choice = page.getByRole('region', { name: 'A code that fits several requests' });
	await expect(choice).toBeVisible();
	expect(await page.content()).not.toContain('904417');
	await expectToReadWell(page);
	// hers, says Noor, who manages: it leaves this page
	await choice.getByRole('button', { name: /It is for .+’s request for Steam/ }).click();
	await expect(choice).toHaveCount(0);
	await expect(chip(page, 'Waiting')).toBeVisible();
	// her page looks again by itself
	await expect(code(maya.page)).toHaveText('904417');

	// Noor is not among those who see it: what she has shown to her is written down
	await page.goto(`/${organization.slug}/verifications/${theirs}`);
	await page.getByRole('button', { name: 'Reveal', exact: true }).click();
	await expect(code(page)).toHaveText('904417');
	const revealed =
		await sql`select from public.audit_log where organization_id = ${organization.id} and verb = 'code.revealed'`;
	expect(revealed).toHaveLength(1);
	await maya.page.getByRole('button', { name: 'Done' }).click();
	await expect(chip(page, 'Completed')).toBeVisible();

	// somebody of another organization finds nothing there, neither by her own address nor by ours
	const stranger = await createPerson(sql, env);
	const other = await signIn(browser, stranger);
	for (const slug of [organization.slug, stranger.slug]) {
		const answer = await other.page.goto(`/${slug}/verifications/${theirs}`);
		expect(answer?.status()).toBe(404);
		expect(await other.page.content()).not.toContain('Steam');
	}
	for (const { context } of [noor, maya, other]) await context.close();
});

test('R5.5 R5.6 R5.3 cancelled by an admin, expired, struck out by the carrier: said in words, and a late code is shown as late', async ({
	browser
}) => {
	const { owner, colleague, organization, number } = await team();
	await confirmed(organization);
	const home = `/${organization.slug}`;
	const { page, context } = await signIn(browser, colleague);
	const noor = await signIn(browser, owner);

	const cancelled = await ask(page, organization.slug, 'Airbnb');
	await noor.page.goto(`${home}/verifications/${cancelled}`);
	await noor.page.getByText('Cancel this request').click();
	await noor.page.getByLabel('Why').fill('We have this account');
	await noor.page.getByRole('button', { name: 'Cancel request' }).click();
	await expect(page.getByText('Cancelled by an owner or admin: “We have this account”.')).toBeVisible();
	await newHandset().text(number.e164, 'Airbnb: your code is 640118');
	await expect(lines(page)).toContainText('Came late');
	await expect(lines(page)).toContainText('640118');
	await noor.context.close();

	await ask(page, organization.slug, hostile, 'A series');
	await sql`
		update public.verifications set expires_at = now() where id = ${idOf(page)}`;
	await sql`
		update private.jobs set run_at = now()
		where kind = 'expire_verification' and payload ->> 'verification_id' = ${idOf(page)}`;
	await expect(chip(page, 'Expired')).toBeVisible();
	await expect(page.getByText('No code came in time. Check the number', { exact: false })).toBeVisible();
	const expired = idOf(page);

	await ask(page, organization.slug, 'WeChat');
	const fault = await fetch(`${env.CARRIER_URL}/faults`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ target: 'codes', kind: 'redact', number: number.e164 })
	});
	expect(fault.ok).toBe(true);
	// what came while there was no network is read when it is back
	await context.setOffline(true);
	await expect(page.getByText('Offline').first()).toBeVisible();
	await newHandset().text(number.e164, 'WeChat: your code is 771203');
	await expect.poll(() => statusOf(idOf(page))).toBe('filtered');
	await expect(chip(page, 'Waiting')).toBeVisible();
	await context.setOffline(false);
	await expect(chip(page, 'Filtered')).toBeVisible();
	await expect(page.getByText('error 30038', { exact: false })).toBeVisible();

	// the bell leads to what ended without her; what she looked at is read
	await expect
		.poll(
			async () =>
				(await sql`select from public.notifications where user_id = ${colleague.userId} and read_at is null`).length
		)
		.toBe(0);
	await page.goto(`${home}/inbox/notifications`);
	await page.getByRole('link', { name: `Your request for a code of ${hostile} expired` }).click();
	await page.waitForURL(`**/verifications/${expired}`);
	await expect(page.getByText('A series')).toBeVisible();
	expect(await page.evaluate(() => 'ran' in window)).toBe(false);
	await context.close();
});

test('R5.1 R5.3 a text in which no code is found stands on the page that waits, until one is; without a number the form says where there are some', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	await confirmed(organization);
	const { page, context } = await signIn(browser, owner);
	const id = await ask(page, organization.slug, 'Marigold');
	const without = page.getByRole('region', { name: 'Texts without a code' });
	await handset.text(number.e164, 'See you soon');
	await handset.text(number.e164, 'Marigold, gate 55 at 10:30, row 7');
	await expect(without).toContainText('gate 55');
	await expect(without).not.toContainText('See you soon');
	await expectToReadWell(page);
	await without.getByRole('link', { name: 'Open it' }).click();
	await expect(page.getByText('See you soon').last()).toBeVisible();
	await page.goto(`/${organization.slug}/verifications/${id}`);
	await expect(without).toContainText('gate 55');
	await handset.text(number.e164, 'Marigold: your code is 904417');
	await expect(code(page)).toContainText('904');
	await expect(without).toHaveCount(0);
	await context.close();

	const newcomer = await createPerson(sql, env);
	const { slug } = await createOrganization(sql, { owner: newcomer });
	const alone = await signIn(browser, newcomer);
	await alone.page.goto(`/${slug}/verifications/new`);
	await alone.page.getByRole('main').getByRole('link', { name: 'Find a number' }).click();
	await expect(alone.page).toHaveURL(/numbers\/buy$/);
	await alone.page.goto(`/${slug}/inbox`);
	await expect(alone.page.getByText('There is no number yet that you could text from.')).toBeVisible();
	await alone.context.close();
});
