import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { env, patiently, signIn, sql, team } from '../support/browsers.ts';
import { addMember, createNumber, createPerson, testPassword } from '../support/people.ts';

type Scene = Awaited<ReturnType<typeof crowded>>;

/** Every page there is, by its route, with an address that has something to show; '' where another file looks at it. */
const members: Record<string, (scene: Scene) => string> = {
	'(member)/[slug]/inbox': () => '',
	'(member)/[slug]/inbox/[conversationId]': () => '',
	'(member)/[slug]/inbox/new': ({ home }) => `${home}/inbox/new`,
	'(member)/[slug]/more': ({ home }) => `${home}/more`,
	'(member)/[slug]/settings': ({ home }) => `${home}/settings`,
	'(member)/[slug]/settings/account': ({ home }) => `${home}/settings/account`,
	'(member)/[slug]/settings/audit-log': ({ home }) => `${home}/settings/audit-log`,
	'(member)/[slug]/settings/confirm': ({ home }) => `${home}/settings/confirm`,
	'(member)/[slug]/settings/invitations': ({ home }) => `${home}/settings/invitations`,
	'(member)/[slug]/settings/logo': ({ home }) => `${home}/settings/logo`,
	'(member)/[slug]/settings/members': ({ home }) => `${home}/settings/members`,
	'(member)/[slug]/settings/members/[userId]': ({ home, colleague }) => `${home}/settings/members/${colleague.userId}`,
	'(member)/[slug]/settings/number-access': ({ home }) => `${home}/settings/number-access`,
	'(member)/[slug]/settings/number-access/[numberId]': ({ home, number }) =>
		`${home}/settings/number-access/${number.id}`,
	'(member)/[slug]/settings/organization': ({ home }) => `${home}/settings/organization`,
	'(member)/[slug]/settings/profile': ({ home }) => `${home}/settings/profile`,
	'(member)/[slug]/settings/security': ({ home }) => `${home}/settings/security`,
	'(member)/[slug]/settings/security/password': ({ home }) => `${home}/settings/security/password`,
	'(person)/organizations/new': () => '/organizations/new'
};
const visitors: Record<string, string> = {
	'(visitor)/check-mail': '/check-mail?email=a%40b.example',
	'(visitor)/forgot-password': '/forgot-password',
	'(visitor)/invitation': '/invitation',
	'(visitor)/reset-password': '/reset-password?token_hash=x',
	'(visitor)/sign-in': '/sign-in',
	'(visitor)/sign-up': '/sign-up',
	'(visitor)/verify': '/verify?token_hash=x&type=signup',
	// sessions.spec.ts
	suspended: ''
};

/** A team with names as long as they may be, and one of everything that its settings list. */
async function crowded() {
	const { owner, colleague, organization } = await team();
	const home = `/${organization.slug}`;
	const long = 'Wolfeschlegelsteinhausenbergerdorff';
	await sql`update public.organizations set name = ${`${long} ${long} Stays`} where id = ${organization.id}`;
	await sql`update public.profiles set full_name = ${`${long}${long}`} where id = ${colleague.userId}`;
	const viewer = await createPerson(sql, env, {
		fullName: `Anna ${long}`,
		email: `${randomUUID()}@${long.toLowerCase()}.example`
	});
	await addMember(sql, organization.id, viewer, 'viewer');
	const number = await createNumber(sql, null, {
		organizationId: organization.id,
		label: 'The line for the night and for holidays',
		grants: [{ role: 'viewer' }, { userId: colleague.userId }]
	});
	await sql`
		insert into public.invitations (organization_id, email, role, invited_by, refused_at)
		values (${organization.id}, ${`${long}.${long}@else.example`.toLowerCase()}, 'admin', ${owner.userId}, now()),
			(${organization.id}, 'mail@else.example', 'viewer', ${owner.userId}, null)`;
	await sql`
		insert into public.ownership_offers (organization_id, offered_by, offered_to)
		values (${organization.id}, ${owner.userId}, ${colleague.userId})`;
	await sql`
		insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after)
		values (${organization.id}, 'person', ${colleague.userId}, 'role.changed', 'member', ${viewer.userId},
				'{"role": "member"}', '{"role": "viewer"}'),
			(${organization.id}, 'platform', null, 'organization.resumed', 'organization', ${organization.id}, null, null)`;
	return { owner, colleague, number, home };
}

async function lookAt(page: Page, path: string): Promise<void> {
	await page.setViewportSize({ width: 360, height: 740 });
	await page.goto(path);
	// the page itself, not one that it sends people away to
	expect(new URL(page.url()).pathname).toBe(path.split('?')[0]);
	for (const width of [360, 320, 1440]) {
		await page.setViewportSize({ width, height: 800 });
		const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
		expect(Math.max(overflow, 0), `${path} at ${width} px`).toBe(0);
		if (width === 320) continue;
		const { violations } = await new AxeBuilder({ page }).analyze();
		expect(
			violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
			`${path} at ${width} px`
		).toEqual([]);
	}
}

test('every page is looked at', () => {
	const folder = fileURLToPath(new URL('../../web/src/routes', import.meta.url));
	const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('+page.svelte'))
		.map((file) => dirname(file).replaceAll('\\', '/'));
	expect(pages.sort()).toEqual([...Object.keys(members), ...Object.keys(visitors)].sort());
});

for (const colorScheme of ['light', 'dark'] as const) {
	test(`R6.2 every page of an account and an organization reads well, ${colorScheme}, on a phone and a desk`, async ({
		browser
	}) => {
		test.setTimeout(480_000);
		const scene = await crowded();
		const { page, context } = await signIn(browser, scene.owner, { colorScheme });
		const heard: string[] = [];
		page.on('pageerror', (error) => heard.push(error.message));
		page.on('console', (message) => message.type() === 'error' && heard.push(`${page.url()} ${message.text()}`));
		for (const address of Object.values(members)) {
			if (address(scene)) await lookAt(page, address(scene));
		}
		await context.clearCookies();
		for (const path of Object.values(visitors)) if (path) await lookAt(page, path);
		expect(heard).toEqual([]);
		await context.close();
	});
}

/** Moves on by Tab alone until something has the focus. */
async function tabTo(page: Page, goal: Locator): Promise<void> {
	await expect(goal).toBeVisible();
	const isThere = () => goal.evaluate((element) => element === document.activeElement);
	for (let presses = 0; presses < 80 && !(await isThere()); presses++) await page.keyboard.press('Tab');
	await expect(goal).toBeFocused();
}

test('R6.2 R6.4 signing in, inviting, changing a role with a fresh password and signing out, by keyboard alone', async ({
	browser
}) => {
	const { owner, colleague, organization } = await team();
	const context = patiently(await browser.newContext({ baseURL: env.APP_URL }));
	const page = await context.newPage();
	const settings = `/${organization.slug}/settings`;
	const press = async (goal: Locator) => {
		await tabTo(page, goal);
		await page.keyboard.press('Enter');
	};
	await page.goto(`/sign-in?next=${settings}`);
	await tabTo(page, page.getByLabel('E-mail address'));
	await page.keyboard.type(owner.email);
	await tabTo(page, page.getByLabel('Password', { exact: true }));
	await page.keyboard.type(testPassword);
	await page.keyboard.press('Enter');
	await page.waitForURL(`**${settings}`);

	await press(page.getByRole('link', { name: 'Invitations' }).first());
	await page.waitForURL('**/invitations');
	await tabTo(page, page.getByLabel('E-mail addresses'));
	await page.keyboard.type('wren@else.example');
	await press(page.getByRole('button', { name: 'Invite', exact: true }));
	await expect(page.getByRole('button', { name: 'Send again to wren@else.example' })).toBeVisible();
	await press(page.getByRole('button', { name: 'Revoke the invitation of wren@else.example' }));
	await expect(page.getByText('Revoked.')).toBeVisible();

	await press(page.getByRole('link', { name: 'Members' }).first());
	await page.waitForURL('**/members');
	await press(page.getByRole('main').locator(`a[href$="${colleague.userId}"]`).first());
	await page.waitForURL(`**/${colleague.userId}`);
	await sql`
		update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
	await tabTo(page, page.getByLabel(/may do/));
	await page.keyboard.press('ArrowDown');
	await press(page.getByRole('button', { name: 'Save' }));
	await expect(page.getByRole('dialog').getByLabel('Password', { exact: true })).toBeFocused();
	await page.keyboard.type(testPassword);
	await page.keyboard.press('Enter');
	await expect(page.getByText('Saved.')).toBeVisible();
	const [role] = await sql`
		select role from public.memberships where organization_id = ${organization.id} and user_id = ${colleague.userId}`;
	expect(role?.role).toBe('viewer');

	await press(page.getByRole('link', { name: 'Security' }).first());
	await page.waitForURL('**/security');
	await press(page.getByRole('button', { name: 'Sign out everywhere' }));
	await page.waitForURL('**/sign-in');
	await context.close();
});
