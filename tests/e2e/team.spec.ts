import { randomUUID } from 'node:crypto';
import { expect, test, type Browser, type Page } from '@playwright/test';
import { alive, env, patiently, sql } from '../support/browsers.ts';
import { createPerson, testPassword } from '../support/people.ts';

const password = 'quiet harbour at dawn';
const newcomer = (name: string) => `${name}_${randomUUID().slice(0, 8)}`;

async function visit(browser: Browser): Promise<Page> {
	const context = await browser.newContext({ baseURL: env.APP_URL });
	return patiently(context).newPage();
}

/** Opens the newest letter with such a subject on the mail page, and follows its link like its reader. */
async function followLetter(page: Page, email: string, subject: RegExp): Promise<void> {
	type Mail = { id: string; subject: string; to: { address: string }[] };
	let id: string | undefined;
	await expect
		.poll(
			async () => {
				const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
				id = mails.findLast((mail) => mail.to[0]?.address === email && subject.test(mail.subject))?.id;
				return id;
			},
			{ timeout: 20_000 }
		)
		.toBeTruthy();
	await page.goto(`${env.MAIL_URL}/email/${id}/html`);
	// a letter opens what it links to in a tab of its own
	const link = page.getByRole('link').first();
	await link.evaluate((anchor) => anchor.removeAttribute('target'));
	await link.click();
}

/** The password was entered too long ago for anything sensitive. */
const growStale = (email: string) => sql`
	update private.session_details d set password_entered_at = now() - interval '16 minutes'
	from auth.users u where u.id = d.user_id and u.email = ${email}`;

async function enterPassword(page: Page, typed: string): Promise<void> {
	const asked = page.getByRole('dialog', { name: 'Enter your password to go on' });
	await asked.getByLabel('Password', { exact: true }).fill(typed);
	await asked.getByRole('button', { name: 'Go on' }).click();
	await expect(asked).toBeHidden();
}

async function signInAs(page: Page, email: string, typed: string): Promise<void> {
	await page.getByLabel('E-mail address').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(typed);
	await page.getByRole('button', { name: 'Sign in' }).click();
}

test('R1.1 R1.2 R1.5 R1.7 R6.4 a team from its first registration to its last: nobody has to ask anybody', async ({
	browser
}) => {
	test.setTimeout(180_000);
	const rosa = { name: newcomer('rosa'), email: `${newcomer('rosa')}@team.example` };
	const wren = { name: newcomer('wren'), email: `${newcomer('wren')}@team.example` };
	const sami = await createPerson(sql, env, { fullName: 'Sami Holm' });
	const slug = `harbour-${randomUUID().slice(0, 8)}`;
	const owners = await visit(browser);

	await test.step('she registers, and verifies from the mail page', async () => {
		await owners.goto('/sign-up');
		await owners.getByLabel('E-mail address').fill(rosa.email);
		await owners.getByLabel('Username').fill(rosa.name);
		await owners.getByLabel('Full name').fill('Rosa Lind');
		await owners.getByLabel('Password', { exact: true }).fill(password);
		await owners.getByRole('button', { name: 'Make the account' }).click();
		await expect(owners.getByText(rosa.email)).toBeVisible();
		await followLetter(owners, rosa.email, /./);
		await owners.getByRole('main').getByRole('button').first().click();
		await owners.waitForURL('**/inbox');
	});

	await test.step('makes an organization', async () => {
		await alive(owners);
		await owners.getByRole('button', { name: /^Organization: / }).click();
		await owners.getByRole('menuitem', { name: 'New organization' }).click();
		await owners.waitForURL('**/organizations/new');
		// what suggests an address comes over a slow line, when she is about to write her own
		const scripts = '**/_app/immutable/**';
		const { promise: written, resolve: letCome } = Promise.withResolvers<undefined>();
		const came = owners.waitForResponse(scripts);
		await owners.route(scripts, (route) => written.then(() => route.continue()));
		await owners.getByLabel('Name').fill('Harbour Stays');
		await owners.getByLabel('Address').selectText();
		letCome(undefined);
		await (await came).finished();
		await owners.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
		await owners.keyboard.insertText(slug);
		await owners.unroute(scripts);
		await owners.getByRole('button', { name: 'Make the organization' }).click();
		await owners.waitForURL(`**/${slug}/settings/members`);
	});

	await test.step('and invites two people', async () => {
		await owners.goto(`/${slug}/settings/invitations`);
		await owners.getByLabel('E-mail addresses').fill(`${wren.email}, ${sami.email}`);
		await owners.getByRole('radio', { name: /Member/ }).check();
		await owners.getByRole('button', { name: 'Invite', exact: true }).click();
		await expect(owners.getByText('2 people are invited.')).toBeVisible();
	});

	const wrens = await visit(browser);
	await test.step('one makes an account on the way', async () => {
		await followLetter(wrens, wren.email, /Harbour Stays/);
		await expect(wrens.getByRole('heading', { name: 'Join Harbour Stays' })).toBeVisible();
		await wrens.getByRole('link', { name: 'Make an account and join' }).click();
		await wrens.getByLabel('Username').fill(wren.name);
		await wrens.getByLabel('Full name').fill('Wren Osei');
		await wrens.getByLabel('Password', { exact: true }).fill(password);
		await wrens.getByRole('button', { name: 'Make the account' }).click();
		await wrens.waitForURL('**/check-mail');
		await followLetter(wrens, wren.email, /^(?!.*Harbour Stays)/);
		await wrens.getByRole('button', { name: 'Confirm and join Harbour Stays' }).click();
		await wrens.waitForURL(`**/${slug}/inbox`);
	});

	const samis = await visit(browser);
	await test.step('the other one has one', async () => {
		await followLetter(samis, sami.email, /Harbour Stays/);
		await samis.getByRole('link', { name: 'I have an account' }).click();
		await signInAs(samis, sami.email, testPassword);
		await samis.getByRole('button', { name: 'Join', exact: true }).click();
		await samis.waitForURL(`**/${slug}/inbox`);
		await expect(samis.getByText(/Synced/).first()).toBeVisible();
	});

	await test.step('a role is changed, once the password was entered again', async () => {
		await expect(samis.getByRole('link', { name: 'Invitations' })).toHaveCount(0);
		await growStale(rosa.email);
		await owners.goto(`/${slug}/settings/members`);
		await expect(owners.getByText('3 people belong')).toBeVisible();
		await owners.getByRole('link', { name: /Sami Holm/ }).click();
		await owners.getByLabel(/may do/).selectOption('admin');
		await owners.getByRole('button', { name: 'Save' }).click();
		await enterPassword(owners, password);
		await expect(owners.getByText('Saved.')).toBeVisible();
		await samis.goto(`/${slug}/settings`);
		await expect(samis.getByRole('link', { name: 'Invitations' }).first()).toBeVisible();
	});

	await test.step('a device elsewhere is signed out', async () => {
		const elsewhere = await visit(browser);
		await elsewhere.goto('/sign-in');
		await signInAs(elsewhere, sami.email, testPassword);
		await elsewhere.waitForURL('**/inbox');
		await expect(elsewhere.getByText(/Synced/).first()).toBeVisible();
		await samis.goto(`/${slug}/settings/security`);
		await samis.getByRole('button', { name: 'Sign out the others' }).click();
		await elsewhere.waitForURL('**/sign-in*', { timeout: 20_000 });
		await expect(samis.getByText('This device')).toBeVisible();
		await elsewhere.context().close();
	});

	await test.step('one is removed while their browser is open', async () => {
		await owners.goto(`/${slug}/settings/members`);
		await owners.getByRole('link', { name: /Wren Osei/ }).click();
		await owners.getByRole('button', { name: 'Remove Wren Osei' }).click();
		await owners.waitForURL('**/members?removed');
		await wrens.waitForURL((url) => !url.pathname.startsWith(`/${slug}/`), { timeout: 20_000 });
		await expect(wrens.getByText('You no longer belong to Harbour Stays')).toBeVisible();
		expect((await wrens.goto(`/${slug}/inbox`))?.status()).toBe(404);
	});

	await test.step('and deletes the account, which ends after its fourteen days', async () => {
		await wrens.getByRole('link', { name: 'Go to the inbox' }).click();
		await wrens.waitForURL(({ pathname }) => pathname.endsWith('/inbox') && !pathname.startsWith(`/${slug}/`));
		const home = new URL(wrens.url()).pathname.split('/')[1];
		await growStale(wren.email);
		await wrens.goto(`/${home}/settings/account`);
		await wrens.getByRole('button', { name: 'Delete my account in 14 days' }).click();
		await enterPassword(wrens, password);
		await expect(wrens.getByRole('button', { name: 'Keep my account' }).first()).toBeVisible();
		const [account] = await sql<{ id: string }[]>`select id from auth.users where email = ${wren.email}`;
		await sql`update public.profiles set deletion_requested_at = now() - interval '15 days' where id = ${account!.id}`;
		await sql`update private.jobs set run_at = now() where queue_key = ${`account:${account!.id}`}`;
		await sql`select private.ring_worker()`;
		await wrens.waitForURL('**/sign-in*', { timeout: 30_000 });
		await signInAs(wrens, wren.email, password);
		await expect(wrens.getByText('No account has this e-mail address with this password')).toBeVisible();
	});

	await test.step('the book has it all, by nobody’s name that is gone', async () => {
		await owners.goto(`/${slug}/settings/audit-log`);
		const book = owners.locator('main ol');
		await expect(book.getByText('Rosa Lind changed Sami Holm’s role from member to admin.')).toBeVisible();
		const lines = book.getByRole('listitem');
		// made, two invited, two joined, one changed, one removed
		await expect(lines).toHaveCount(7);
		await expect(book.getByText('Wren Osei')).toHaveCount(0);
	});

	for (const page of [owners, wrens, samis]) await page.context().close();
});
