import { expect, test, type Page } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { addMember, createNumber, createPerson } from '../support/people.ts';

/** A team with 60 requests an hour apart, of GitHub and a shop of their own in turn, by the colleague and the owner in turn. */
async function scene() {
	const at = await team();
	const { organization, owner, colleague, number } = at;
	await sql`
		insert into public.verifications (id, organization_id, phone_number_id, service_id, service_name, requested_by, ttl_seconds,
			idempotency_key, status, expires_at, created_at, code, final_code, code_count, code_received_at, ended_at, note)
		select overlay(private.first_id_at(t.at)::text placing right(gen_random_uuid()::text, 12) from 25)::uuid, ${organization.id},
			${number.id}, case when n % 2 = 1 then 'github' end, case when n % 2 = 1 then 'GitHub' else 'A shop & sons' end,
			case when n % 2 = 1 then ${colleague.userId}::uuid else ${owner.userId}::uuid end, 600, 'key ' || n,
			case when n % 10 = 0 then 'expired' else 'completed' end::public.verification_status, t.at + interval '10 minutes', t.at,
			c.code, c.code, case when c.code is null then 0 else 1 end,
			case when c.code is not null then t.at + make_interval(secs => n) end, t.at + interval '10 minutes',
			case when n = 1 then 'for the nightly tests' end
		from generate_series(1, 60) n
		cross join lateral (select now() - make_interval(hours => n) as at) t
		cross join lateral (select case when n % 10 <> 0 then (700000 + n)::text end as code) c`;
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organization.id}`;
	return { ...at, path: `/${organization.slug}/verifications` };
}

const rows = (page: Page) => page.getByRole('table', { name: 'Requests for codes' }).locator('tbody tr');
const byStatus = (page: Page) => page.getByRole('navigation', { name: 'By status' });

async function choose(page: Page, chip: string, set: () => Promise<unknown>): Promise<void> {
	const filters = page.getByRole('group', { name: 'Filters' });
	await filters.locator('summary', { hasText: chip }).click();
	await set();
	await filters.getByRole('button', { name: 'Show' }).and(page.locator(':visible')).click();
}

/** Somebody asks for a code of GitLab just now; answers the request's id. */
async function askNow(organizationId: string, numberId: string, userId: string): Promise<string> {
	const [asked] = await sql<{ id: string }[]>`
		insert into public.verifications (organization_id, phone_number_id, service_id, service_name, requested_by, ttl_seconds,
			idempotency_key, expires_at)
		values (${organizationId}, ${numberId}, 'gitlab', 'GitLab', ${userId}, 600, gen_random_uuid()::text,
			now() + interval '10 minutes')
		returning id`;
	return asked!.id;
}

test('R5.2 R5.4 the history is filtered by hand and by address, read on, kept as a view, and follows what happens', async ({
	browser
}) => {
	test.setTimeout(120_000);
	const { owner, colleague, organization, number, path } = await scene();
	const { page, context } = await signIn(browser, owner);
	const heard = complaints(page);
	await page.goto(path);
	// a code in the owner's organization is one that the owner may see
	await expect(rows(page).first()).toContainText('700001');
	await expect(rows(page).first()).toContainText('for the nightly tests');
	await expect(rows(page).first().getByRole('link', { name: 'GitHub' })).toHaveAttribute(
		'href',
		/\/verifications\/[\da-f-]{36}$/
	);
	await expect(byStatus(page)).toContainText('All 60');
	await expect(byStatus(page)).toContainText('Expired 6');
	const chart = page.getByRole('table', { name: 'By service' });
	await expect(chart.getByRole('row', { name: /A shop & sons/ })).toContainText('80%');
	await expect(chart.getByRole('row', { name: /GitHub/ })).toContainText('100%');

	// the rest comes while scrolling
	await expect(async () => {
		await rows(page).last().scrollIntoViewIfNeeded();
		expect(await rows(page).count()).toBe(60);
	}).toPass({ timeout: 30_000 });
	await expect(page.getByRole('link', { name: 'Load older' })).toBeHidden();

	// what is new waits above until it is asked for; what changes does so in its place
	const top = await rows(page).last().boundingBox();
	const asked = await askNow(organization.id, number.id, colleague.userId);
	await expect(page.getByRole('button', { name: '1 new request' })).toBeVisible();
	expect(await rows(page).last().boundingBox()).toEqual(top);
	await page.getByRole('button', { name: '1 new request' }).click();
	await expect(rows(page).first()).toContainText('GitLab');
	await expect(rows(page).first()).toContainText('Waiting');
	await sql`update public.verifications set status = 'code_received', code = '482910', code_count = 1 where id = ${asked}`;
	await expect(rows(page).first()).toContainText('482910');
	await expect(rows(page).first()).toContainText('Code received');
	await expect(byStatus(page)).toContainText('Code received 1');
	await askNow(organization.id, number.id, owner.userId);
	await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 0));
	await expect(rows(page)).toHaveCount(62);

	await choose(page, 'Service', () => page.getByLabel('Asked of').selectOption('A shop & sons'));
	await expect(page).toHaveURL(`${path}?service=A+shop+%26+sons`);
	await expect(rows(page)).toHaveCount(30);
	await choose(page, 'Status', () => page.getByLabel('Expired').check());
	await expect(rows(page)).toHaveCount(6);
	await expect(byStatus(page)).toContainText('All 30');
	await page.locator('summary', { hasText: /Asked$/ }).click();
	await page.getByRole('link', { name: 'Last 24 hours' }).click();
	await expect(page).toHaveURL(/range=24h/);
	await expect(rows(page)).toHaveCount(2);

	await page.locator('summary', { hasText: 'Save this view' }).click();
	await page.getByLabel('Name').fill('Shop, no code');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	const view = page.getByRole('link', { name: 'Shop, no code' });
	await expect(view).toHaveAttribute('aria-current', 'page');
	await page.goto(path);
	await view.click();
	await expect(rows(page)).toHaveCount(2);
	await page.goto(`${path}?person=${colleague.userId}&from=2020-01-01&to=2020-01-02`);
	await expect(page.getByRole('heading', { name: 'No requests like this' })).toBeVisible();
	await page.getByRole('link', { name: /Remove the filter Asked:/ }).click();
	await expect(rows(page)).toHaveCount(31);
	await page.getByRole('button', { name: 'Delete the view Shop, no code' }).click();
	await expect(view).toHaveCount(0);
	expect(heard).toEqual([]);
	await context.close();
});

test('R5.2 R5.4 without scripts the history is paged both ways; codes are hidden from whoever may not see them, rows from strangers', async ({
	browser
}) => {
	const { owner, colleague, organization, path } = await scene();
	const stranger = await scene();
	const { page, context } = await signIn(browser, colleague, { javaScriptEnabled: false });
	await page.goto(path);
	await expect(rows(page)).toHaveCount(50);
	// their own, and one of the owner's
	await expect(rows(page).nth(0)).toContainText('700001');
	await expect(rows(page).nth(1)).toContainText('hidden from your role');
	await expect(page.locator('body')).not.toContainText('700002');
	await page.getByRole('link', { name: 'Load older' }).click();
	await expect(rows(page)).toHaveCount(10);
	await expect(rows(page).first()).toContainText('700051');
	await page.getByRole('link', { name: 'Newer' }).click();
	await expect(rows(page)).toHaveCount(50);
	await expect(rows(page).first()).toContainText('700001');
	await choose(page, 'Asked by', () => page.getByLabel('Who asked').selectOption('You'));
	await expect(rows(page)).toHaveCount(30);
	await page.locator('summary', { hasText: 'Save this view' }).click();
	await page.getByLabel('Name').fill('Mine');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByRole('link', { name: 'Mine' })).toHaveAttribute('aria-current', 'page');
	await context.close();

	// neither the page, nor a page of theirs with our filters, nor a number shut to somebody
	const outside = await signIn(browser, stranger.owner);
	expect((await outside.page.goto(path))?.status()).toBe(404);
	await outside.page.goto(`${stranger.path}?person=${owner.userId}`);
	await expect(outside.page.getByRole('heading', { name: 'No requests like this' })).toBeVisible();
	await expect(outside.page.getByRole('link', { name: 'Mine' })).toHaveCount(0);
	await outside.context.close();
	const viewer = await createPerson(sql, env);
	await addMember(sql, organization.id, viewer, 'viewer');
	const shut = await createNumber(sql, null, { organizationId: organization.id, grants: [] });
	await askNow(organization.id, shut.id, owner.userId);
	const reader = await signIn(browser, viewer, { viewport: { width: 390, height: 844 } });
	await reader.page.goto(path);
	await expect(byStatus(reader.page)).toContainText('All 60');
	await expect(reader.page.getByText('GitLab')).toHaveCount(0);
	await expect(reader.page.getByRole('link', { name: 'Ask for a code' })).toHaveCount(0);
	await expectToReadWell(reader.page);
	await reader.context.close();
});
