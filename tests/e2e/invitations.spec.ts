import { randomUUID } from 'node:crypto';
import { expect, test, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { env, patiently, signIn, sql, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';
import { createPerson, testPassword, type Person, type Role } from '../support/people.ts';
import { rpc } from '../support/rpc.ts';

type Mail = { to: { address: string }[]; html: string; subject: string };

const anAddress = () => `wren-${randomUUID().slice(0, 12)}@else.example`;

/** The newest link of this kind in the mails to an address, once there are `count` mails that have one. */
async function linkTo(email: string, path: 'invitation' | 'verify', count = 1): Promise<string> {
	let links: string[] = [];
	await expect
		.poll(
			async () => {
				const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
				links = mails
					.filter((mail) => mail.to.some(({ address }) => address === email))
					.flatMap(({ html }) => new RegExp(`href="([^"]+/${path}[^"]+)"`).exec(html)?.[1] ?? [])
					.map((link) =>
						link.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&')
					);
				return links.length;
			},
			{ timeout: 20_000 }
		)
		.toBe(count);
	return links.at(-1)!;
}

/** Invites as the owner does, through the Data API. */
async function invite(owner: Person, organizationId: string, email: string, role: Role = 'member'): Promise<string> {
	const response = await rpc(owner, 'invite', { organization_id: organizationId, email, role });
	return (response as { id: string }).id;
}

async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
	const context = await browser.newContext({ baseURL: env.APP_URL, ...options });
	return (options.javaScriptEnabled === false ? context : patiently(context)).newPage();
}

const memberships = async (email: string) =>
	(
		await sql<{ slug: string; role: string }[]>`
			select o.slug, m.role from public.memberships m
			join public.organizations o on o.id = m.organization_id
			join auth.users u on u.id = m.user_id
			where u.email = ${email} and o.personal_for is null`
	).map((row) => ({ ...row }));

for (const javaScriptEnabled of [true, false]) {
	const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

	test(`somebody without an account makes one on the way and arrives in the organization (${how})`, async ({
		browser
	}) => {
		const { owner, organization } = await team();
		const email = anAddress();
		await invite(owner, organization.id, email, 'viewer');
		const page = await visit(browser, { javaScriptEnabled });
		const link = await linkTo(email, 'invitation');
		// a mail scanner opens it first: that uses nothing up
		await fetch(link);
		await page.goto(link);
		await expect(page.getByRole('heading', { name: 'Join Test team' })).toBeVisible();
		await expect(page.getByText('Robin Tester invites you')).toBeVisible();
		await page.getByRole('link', { name: 'Make an account and join' }).click();

		await expect(page.getByLabel('E-mail address')).toHaveValue(email);
		await page.getByLabel('Username').fill(`wren_${randomUUID().slice(0, 8)}`);
		await page.getByLabel('Password', { exact: true }).fill('quiet harbour at dawn');
		await page.getByRole('button', { name: 'Make the account' }).click();
		await page.waitForURL('**/check-mail');

		await page.goto(await linkTo(email, 'verify'));
		expect(await memberships(email)).toEqual([]);
		await page.getByRole('button', { name: 'Confirm and join Test team' }).click();
		await page.waitForURL(`**/${organization.slug}/inbox`);
		expect(await memberships(email)).toEqual([{ slug: organization.slug, role: 'viewer' }]);
		await page.context().close();
	});

	test(`somebody with an account signs in on the way, and joins by a click (${how})`, async ({ browser }) => {
		const { owner, organization } = await team();
		const person = await createPerson(sql, env);
		await invite(owner, organization.id, person.email);
		const page = await visit(browser, { javaScriptEnabled });
		await page.goto(await linkTo(person.email, 'invitation'));
		await page.getByRole('link', { name: 'I have an account' }).click();
		await page.getByLabel('E-mail address').fill(person.email);
		await page.getByLabel('Password', { exact: true }).fill(testPassword);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL('**/invitation');
		expect(await memberships(person.email)).toEqual([]);
		await page.getByRole('button', { name: 'Join', exact: true }).click();
		await page.waitForURL(`**/${organization.slug}/inbox`);
		// the link was used: it says so, and to whom it opened the door
		await page.goto('/invitation');
		await expect(page.getByRole('heading', { name: 'This link opens nothing' })).toBeVisible();
		await page.goto(await linkTo(person.email, 'invitation'));
		await expect(page.getByRole('heading', { name: 'You belong to Test team' })).toBeVisible();
		await page.context().close();
	});

	test(`an admin invites several people at once, sends again and revokes (${how})`, async ({ browser }) => {
		const { owner, colleague, organization } = await team();
		const [first, second] = [anAddress(), anAddress()];
		const { page, context } = await signIn(browser, owner, { javaScriptEnabled });
		await page.goto(`/${organization.slug}/settings/invitations`);
		await page.getByLabel('E-mail addresses').fill(`Wren <${first}>, ${second}\n${colleague.email} not-an-address`);
		await page.getByRole('radio', { name: /Viewer/ }).check();
		await page.getByRole('button', { name: 'Invite', exact: true }).click();
		await expect(page.getByText('2 people are invited.')).toBeVisible();
		// what was refused stays, with its reason
		await expect(page.getByLabel('E-mail addresses')).toHaveValue(`${colleague.email}\nnot-an-address`);
		await expect(page.getByText(`${colleague.email}: Somebody with this address belongs here already.`)).toBeVisible();
		await expect(page.getByText('not-an-address: This does not look like an e-mail address')).toBeVisible();
		await expect(page.getByRole('radio', { name: /Viewer/ })).toBeChecked();

		const link = await linkTo(first, 'invitation');
		await page.getByRole('button', { name: `Send again to ${first}` }).click();
		await expect(page.getByText('Sent again.')).toBeVisible();
		await page.getByRole('button', { name: `Revoke the invitation of ${second}` }).click();
		await expect(page.getByText('Revoked.')).toBeVisible();
		await expect(page.getByText(second)).toHaveCount(0);
		await context.close();

		const visitor = await visit(browser, { javaScriptEnabled });
		await visitor.goto(link);
		await expect(visitor.getByRole('heading', { name: 'A newer mail took this one’s place' })).toBeVisible();
		await visitor.goto(await linkTo(first, 'invitation', 2));
		await expect(visitor.getByRole('heading', { name: 'Join Test team' })).toBeVisible();
		await visitor.goto(await linkTo(second, 'invitation'));
		await expect(visitor.getByRole('heading', { name: 'This invitation was taken back' })).toBeVisible();
		await expect(visitor.getByText('Robin Tester')).toBeVisible();
		await visitor.context().close();
	});
}

test('an account with another address is told so, and may join as what it is, or change', async ({ browser }) => {
	const { owner, organization } = await team();
	const person = await createPerson(sql, env);
	const email = anAddress();
	await invite(owner, organization.id, email);
	const { page, context } = await signIn(browser, person);
	await page.goto(await linkTo(email, 'invitation'));
	await expect(page.getByText(`You were invited as ${email}, and you are signed in as ${person.email}.`)).toBeVisible();
	await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
	await page.waitForURL('**/sign-in?next=/invitation');
	await page.getByLabel('E-mail address').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('button', { name: `Join as ${person.email}` }).click();
	await page.waitForURL(`**/${organization.slug}/inbox`);
	expect(await memberships(person.email)).toEqual([{ slug: organization.slug, role: 'member' }]);
	await context.close();
});

test('R1.6 a session that ended meanwhile asks for the password, and the invitation waits', async ({ browser }) => {
	const { owner, organization } = await team();
	const person = await createPerson(sql, env);
	await invite(owner, organization.id, person.email);
	const { page, context } = await signIn(browser, person);
	await page.goto(await linkTo(person.email, 'invitation'));
	await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
	await sql`delete from auth.sessions where user_id = ${person.userId}`;
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	// a page of its own or the invitation's: either way the next step is to sign in, and it works
	const account = page.getByRole('link', { name: 'I have an account' });
	const address = page.getByLabel('E-mail address');
	await expect(account.or(address).first()).toBeVisible();
	if (await account.isVisible()) await account.click();
	await address.fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	await page.waitForURL(`**/${organization.slug}/inbox`);
	await context.close();
});

test('links that ran out, were used by another or are none say what happened and whom to ask', async ({ browser }) => {
	const { owner, organization } = await team();
	const [late, used] = [anAddress(), anAddress()];
	const id = await invite(owner, organization.id, late);
	await invite(owner, organization.id, used);
	const [lateLink, usedLink] = [await linkTo(late, 'invitation'), await linkTo(used, 'invitation')];
	await sql`update public.invitations set expires_at = now() - interval '1 second' where id = ${id}`;
	const person = await createPerson(sql, env);
	await rpc(person, 'accept_invitation', { token: new URL(usedLink).searchParams.get('token') });

	const page = await visit(browser);
	await page.goto(lateLink);
	await expect(page.getByRole('heading', { name: 'This invitation has run out' })).toBeVisible();
	await expect(page.getByText('Robin Tester')).toBeVisible();
	await page.goto(usedLink);
	await expect(page.getByRole('heading', { name: 'This invitation was used' })).toBeVisible();
	for (const token of ['x', '', 'A'.repeat(43)]) {
		await page.goto(`/invitation?token=${token}`);
		await expect(page.getByRole('heading', { name: 'This link opens nothing' })).toBeVisible();
	}
	await page.context().close();
});

test('a link’s token stays neither in the address nor in anything scripts, Referers or other sites could read', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const email = anAddress();
	await invite(owner, organization.id, email);
	const link = await linkTo(email, 'invitation');
	const token = new URL(link).searchParams.get('token')!;
	const page = await visit(browser);
	const referers: (string | undefined)[] = [];
	page.on('request', (request) => referers.push(request.headers().referer));
	const redirect = page.waitForResponse((response) => response.url().includes(token));
	await page.goto(link);
	expect((await redirect).headers()['referrer-policy']).toBe('no-referrer');
	expect(page.url()).not.toContain(token);
	expect(await page.content()).not.toContain(token);
	expect(await page.evaluate(() => document.cookie)).not.toContain(token);
	expect(referers.filter((referer) => referer?.includes(token))).toEqual([]);
	const kept = (await page.context().cookies()).find(({ name }) => name === 'invitation');
	expect(kept).toMatchObject({ value: token, httpOnly: true, sameSite: 'Lax' });
	await page.context().close();
});

test('a member finds no invitations to send, whatever address they type', async ({ browser }) => {
	const { colleague, organization } = await team();
	const { page, context } = await signIn(browser, colleague);
	await page.goto(`/${organization.slug}/settings`);
	await expect(page.getByRole('link', { name: 'Invitations' })).toHaveCount(0);
	const response = await page.goto(`/${organization.slug}/settings/invitations`);
	expect(response?.status()).toBe(403);
	await context.close();
});

test('the pages of invitations read well, light and dark', async ({ browser }) => {
	const { owner, organization } = await team();
	const email = `${'w'.repeat(40)}-${anAddress()}`;
	await invite(owner, organization.id, email, 'admin');
	const look = { viewport: { width: 360, height: 800 } };
	const { page, context } = await signIn(browser, owner, look);
	await page.goto(`/${organization.slug}/settings/invitations`);
	await page.getByLabel('E-mail addresses').fill('nobody');
	await page.getByRole('button', { name: 'Invite', exact: true }).click();
	await expect(page.getByText('nobody: This does not')).toBeVisible();
	await expectToReadWell(page);
	await page.goto(await linkTo(email, 'invitation'));
	await expectToReadWell(page);
	await context.close();

	const visitor = await visit(browser, look);
	for (const path of [await linkTo(email, 'invitation'), '/sign-up']) {
		await visitor.goto(path);
		await expectToReadWell(visitor);
	}
	await visitor.context().close();
});
