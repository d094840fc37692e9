import { readFile } from 'node:fs/promises';
import { expect, test, type Download, type Page } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { createPerson, testPassword } from '../support/people.ts';

/** A team in whose book `count` lines stand, an hour apart, by the owner and the platform in turn. */
async function written(count: number) {
	const at = await team();
	const maya = await createPerson(sql, env, { fullName: 'Maya Lindqvist' });
	await sql`
		insert into public.audit_log (id, organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after, address, created_at)
		select overlay(private.first_id_at(t.at)::text placing right(gen_random_uuid()::text, 12) from 25)::uuid, ${at.organization.id},
			case when n % 2 = 1 then 'person' else 'platform' end, case when n % 2 = 1 then ${at.owner.userId}::uuid end,
			case when n % 2 = 1 then 'role.changed' else 'member.suspended' end, 'member', ${maya.userId},
			case when n % 2 = 1 then '{"role": "member"}'::jsonb end, case when n % 2 = 1 then '{"role": "admin"}'::jsonb end,
			case when n % 2 = 1 then '203.0.113.7'::inet end, t.at
		from generate_series(1, ${count}::integer) n cross join lateral (select now() - make_interval(hours => n) as at) t`;
	return { ...at, maya, path: `/${at.organization.slug}/settings/audit-log` };
}

const lines = (page: Page) => page.locator('main ol > li');
const grownStale = (userId: string) => sql`
	update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${userId}`;

async function choose(page: Page, chip: string, set: () => Promise<unknown>): Promise<void> {
	const filters = page.getByRole('group', { name: 'Filters' });
	await filters.locator('summary', { hasText: chip }).click();
	await set();
	await filters.getByRole('button', { name: 'Show' }).and(page.locator(':visible')).click();
}

const textOf = async (download: Download) => readFile(await download.path(), 'utf8');

/** RFC 4180 */
function cellsOf(text: string): string[][] {
	const rows: string[][] = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
		rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
		if (end === '\r\n') rows.push([]);
		if (end === '') break;
	}
	return rows.slice(0, -1);
}

test('an owner reads who did what, filters it by the address, and older lines come while scrolling', async ({
	browser
}) => {
	const { owner, path } = await written(130);
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${path.split('/')[1]}/settings`);
	await page.getByRole('link', { name: 'Audit log' }).click();
	await page.waitForURL(`**${path}`);
	await expect(
		page.getByText('Robin Tester changed Maya Lindqvist’s role from member to admin.').first()
	).toBeVisible();
	await expect(lines(page).filter({ hasText: 'from 203.0.113.7' }).first()).toContainText(`@${owner.username}`);
	await expect(lines(page).first().locator('time')).toHaveText(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d (GMT\+[12]|CES?T)$/);

	await expect(async () => {
		await lines(page).last().scrollIntoViewIfNeeded();
		expect(await lines(page).count()).toBe(130);
	}).toPass({ timeout: 30_000 });
	await expect(page.getByRole('link', { name: 'Load older' })).toBeHidden();
	expect(page.url()).not.toContain('before');

	await choose(page, 'Person', () => page.getByLabel('Done by').selectOption('CumApp'));
	await expect(page).toHaveURL(/\?actor=platform$/);
	await expect(lines(page).first()).toContainText('CumApp suspended Maya Lindqvist’s account.');
	await expect(page.getByText('role from member')).toHaveCount(0);
	await choose(page, 'Action', () => page.getByLabel('What was done').selectOption('Role changed'));
	await expect(page.getByRole('heading', { name: 'No lines like this' })).toBeVisible();
	await page.getByRole('link', { name: 'Remove the filter Person: CumApp' }).click();
	await expect(page).toHaveURL(/\?verb=role\.changed$/);
	await expect(lines(page).first()).toContainText('role from member to admin');

	// whole, even when midnight passes meanwhile
	const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
	await choose(page, 'Date', async () => {
		await page.getByLabel('From').fill(day);
		await page.getByLabel('To').fill(day);
	});
	await expect(lines(page)).toHaveCount(12);
	const filtered = page.url();
	await page.reload();
	await expect(lines(page)).toHaveCount(12);
	await page.goBack();
	await expect(page).toHaveURL(/\?verb=role\.changed$/);
	expect(filtered).toContain(`since=${day}&until=${day}`);
	await context.close();
});

test('without scripts the filters and the older lines are there, too', async ({ browser }) => {
	const { owner, path } = await written(60);
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(path);
	await expect(lines(page)).toHaveCount(50);
	await page.getByRole('link', { name: 'Load older' }).click();
	await expect(lines(page)).toHaveCount(10);
	await page.getByRole('link', { name: 'Back to the newest' }).click();
	await choose(page, 'Person', () => page.getByLabel('Done by').selectOption('CumApp'));
	await expect(lines(page)).toHaveCount(30);

	await grownStale(owner.userId);
	await page.getByRole('button', { name: 'Export CSV' }).click();
	await expect(page.getByText('Enter your password once more')).toBeVisible();
	await expect(lines(page)).toHaveCount(30);
	await page.getByRole('link', { name: 'Enter your password' }).click();
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(lines(page)).toHaveCount(30);
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Export CSV' }).click()
	]);
	expect(cellsOf(await textOf(download))).toHaveLength(31);
	await context.close();
});

test('an export asks for the password, holds every line that fits, and is written down itself', async ({ browser }) => {
	const { owner, maya, organization, path } = await written(1200);
	await sql`update public.profiles set full_name = '=1+1' where id = ${maya.userId}`;
	const { page, context } = await signIn(browser, owner);
	await grownStale(owner.userId);
	await page.goto(`${path}?verb=role.changed`);
	await page.getByRole('button', { name: 'Export CSV' }).click();
	const asked = page.getByRole('dialog', { name: 'Enter your password to go on' });
	await asked.getByLabel('Password', { exact: true }).fill(testPassword);
	const [csv] = await Promise.all([
		page.waitForEvent('download'),
		asked.getByRole('button', { name: 'Go on' }).click()
	]);
	expect(csv.suggestedFilename()).toMatch(new RegExp(`^audit-log-${organization.slug}-\\d{4}-\\d\\d-\\d\\d\\.csv$`));
	const [header = [], ...rows] = cellsOf((await textOf(csv)).replace(/^\uFEFF/, ''));
	expect(rows).toHaveLength(600);
	expect(new Set(rows.map((row) => row[header.indexOf('id')])).size).toBe(600);
	expect(new Set(rows.map((row) => row[header.indexOf('object')]))).toEqual(new Set([`'=1+1`]));
	expect(new Set(rows.map((row) => row.length))).toEqual(new Set([header.length]));

	const [json] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Export JSON' }).click()
	]);
	const parsed = JSON.parse(await textOf(json)) as { verb: string; object: string; before: unknown }[];
	expect(parsed).toHaveLength(600);
	expect(parsed[0]).toMatchObject({ verb: 'role.changed', object: '=1+1', before: { role: 'member' } });
	await expect(page.getByRole('button', { name: 'Export CSV' })).toBeEnabled();

	await page.goto(path);
	await expect(lines(page).first()).toContainText('exported the audit log');
	await expect(lines(page).first()).toContainText('role.changed');
	const answer = await page.request.get(`${path}/export?format=csv&actor=platform`);
	expect(answer.headers()).toMatchObject({
		'content-type': expect.stringContaining('text/csv'),
		'content-disposition': expect.stringMatching(/^attachment; filename="audit-log-[a-z0-9-]+\.csv"$/),
		'x-content-type-options': 'nosniff',
		'cache-control': 'private, no-store'
	});
	const [written_] = await sql`
		select count(*)::integer from public.audit_log where organization_id = ${organization.id} and verb = 'audit.exported'`;
	expect(written_?.count).toBe(3);
	await context.close();
});

test('a download whose password is too old, or that another site started, leads to the page instead', async ({
	browser
}) => {
	const { owner, path, organization } = await written(3);
	const { page, context } = await signIn(browser, owner);
	const other = await page.request.get(`${path}/export?format=csv`, {
		headers: { 'sec-fetch-site': 'cross-site' },
		maxRedirects: 0
	});
	expect([other.status(), other.headers().location]).toEqual([303, path]);
	await grownStale(owner.userId);
	const stale = await page.request.get(`${path}/export?format=json&actor=platform`, { maxRedirects: 0 });
	expect(stale.status()).toBe(303);
	expect(stale.headers().location).toContain(`/settings/confirm?next=${encodeURIComponent(`${path}?actor=platform`)}`);
	const [book] = await sql`
		select count(*)::integer from public.audit_log where organization_id = ${organization.id} and verb = 'audit.exported'`;
	expect(book?.count).toBe(0);
	await context.close();
});

test('a member who opens the log reads that it is for owners and admins, and gets no line by any way', async ({
	browser
}) => {
	const { colleague, path, organization } = await written(3);
	const { page, context } = await signIn(browser, colleague);
	await page.goto(`/${organization.slug}/settings`);
	await expect(page.getByRole('link', { name: 'Profile' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Audit log' })).toBeHidden();
	expect((await page.goto(path))?.status()).toBe(403);
	await expect(page.getByText('Only owners and admins read the audit log. Your role here is member.')).toBeVisible();
	for (const way of ['lines', 'export?format=json']) {
		const answer = await page.request.get(`${path}/${way}`);
		expect(answer.status()).toBe(403);
		expect(await answer.text()).not.toContain('role.changed');
	}
	await context.close();
});

test('an empty log says what will be in it', async ({ browser }) => {
	const { owner, path } = await written(0);
	const { page, context } = await signIn(browser, owner);
	await page.goto(path);
	await expect(page.getByRole('heading', { name: 'Nothing was written down yet' })).toBeVisible();
	await context.close();
});

test('the log reads well, light and dark', async ({ browser }) => {
	const { owner, path } = await written(8);
	const { page, context } = await signIn(browser, owner, { viewport: { width: 360, height: 800 } });
	const heard = complaints(page);
	await page.goto(`${path}?actor=${owner.userId}`);
	await expect(lines(page)).toHaveCount(4);
	await expectToReadWell(page);
	// by keyboard alone: into the filter, out again, and it has the focus
	await page.locator('summary', { hasText: 'Date' }).focus();
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('From')).toBeVisible();
	await expectToReadWell(page);
	await page.keyboard.press('Escape');
	await expect(page.getByLabel('From')).toBeHidden();
	await expect(page.locator('summary', { hasText: 'Date' })).toBeFocused();
	expect(heard).toEqual([]);
	await context.close();
});
