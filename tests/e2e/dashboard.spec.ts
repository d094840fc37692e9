import { expect, test, type Page } from '@playwright/test';
import { alive, env, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToFit, expectToReadWell } from '../support/looks.ts';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';

/** A team whose number has texts of some days, a conversation that waits and a code that was asked for. */
async function busy() {
	const scene = await team();
	const { organization, number, owner } = scene;
	await sql`
		update public.organizations set created_at = now() - interval '90 days' where id = ${organization.id}`;
	await sql`
		update public.phone_numbers set renews_at = now() + interval '5 days', monthly_micros = 1150000 where id = ${number.id}`;
	await sql`
		select private.transfer(${organization.id}, array[row('payments', -20000000), row('wallet', 20000000)]::private.ledger_leg[],
			'top_up', 'for the dashboard')`;
	await sql`
		with days as (
			select n, now() - make_interval(days => n) as at from generate_series(0, 40) n
		), numbered as (
			select d.at, d.n, k, ('+1628' || (2000000 + (random() * 7999999)::int))::text as contact
			from days d cross join lateral generate_series(1, 2 + (d.n * 7) % 5) k
		)
		insert into public.messages (id, conversation_id, direction, status, origin, body, segments, author_id, carrier, created_at)
		select overlay(private.first_id_at(t.at)::text placing substr(md5(random()::text), 1, 12) from 25 for 12)::uuid,
			private.open_conversation(${organization.id}, ${number.id}, t.contact),
			case when t.k = 1 then 'inbound' else 'outbound' end::public.message_direction,
			case when t.k = 1 then 'received' when t.k = 4 then 'failed' else 'delivered' end::public.message_status,
			case when t.k = 1 then 'contact' else 'person' end::public.message_origin, 'Hello', 1,
			case when t.k > 1 then ${owner.userId}::uuid end, 'twilio', t.at
		from numbered t order by t.at`;
	await sql`
		insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, ttl_seconds, idempotency_key,
			expires_at)
		values (${organization.id}, ${number.id}, 'Door', ${owner.userId}, 600, 'for the dashboard', now() + interval '10 minutes')`;
	// the clock's job, as often as it takes
	for (let round = 0; round < 3; round++) {
		await sql`update private.usage_counts set count_at = 'epoch' where organization_id = ${organization.id}`;
		await sql`select private.count_usage(1000)`;
	}
	return { ...scene, home: `/${organization.slug}` };
}

const figure = (page: Page, label: string) =>
	page.getByRole('list', { name: 'Figures' }).getByRole('link').filter({ hasText: label });
const shown = async (page: Page, label: string) =>
	((await figure(page, label).locator('.figure').textContent()) ?? '').trim();

test('R6.1 the dashboard tells how an organization stands, and each figure leads to the list that counts the same', async ({
	browser
}) => {
	const { owner, home } = await busy();
	const { page, context } = await signIn(browser, owner);
	const heard = complaints(page);
	await page.goto(`${home}/inbox`);
	await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Home' }).click();
	await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
	await expect(page.getByRole('link', { name: '30 days', exact: true })).toHaveAttribute('aria-current', 'true');

	for (const days of ['Today', '7 days', '90 days', '30 days']) {
		await page.getByRole('group', { name: 'Time' }).getByRole('link', { name: days }).click();
		await expect(page.getByRole('link', { name: days, exact: true })).toHaveAttribute('aria-current', 'true');
		const [texts, out] = [await shown(page, 'Texts in'), await shown(page, 'Texts out')];
		await figure(page, 'Texts in').click();
		await expect(page.getByRole('heading', { name: 'Usage', level: 1 })).toBeVisible();
		const together = page.getByRole('table', { name: 'Texts by number' }).getByRole('row', { name: /^Together/ });
		await expect(together.getByRole('cell').nth(0)).toHaveText(texts);
		await expect(together.getByRole('cell').nth(1)).toHaveText(out);
		await page.goBack();
	}

	const needs = page.getByRole('region', { name: 'Needs someone' });
	const row = (title: string) => needs.getByRole('listitem').filter({ hasText: title });
	const open = await row('Open conversations').locator('.count').textContent();
	await expect(row('Number due in 14 days')).toContainText('renews by itself on');
	await row('Codes awaited').or(row('Code awaited')).getByRole('link').click();
	await expect(page).toHaveURL(`${env.APP_URL}${home}/verifications?status=waiting`);
	await expect(page.getByText('Door').filter({ visible: true }).first()).toBeVisible();
	await page.goBack();
	await row('Open conversations').getByRole('link').click();
	await expect(page).toHaveURL(`${env.APP_URL}${home}/inbox`);
	const [count] = await sql<{ open: number }[]>`
		select count(*)::int as open from public.conversations c join public.organizations o on o.id = c.organization_id
		where o.slug = ${home.slice(1)} and c.archived_at is null`;
	expect(open).toBe(String(count!.open));
	await page.goBack();

	const wallet = page.getByRole('region', { name: 'Wallet' });
	await expect(wallet).toContainText('$20.00');
	await expect(wallet).toContainText('Forecast for');
	await wallet.getByRole('link', { name: 'Statement' }).click();
	await expect(page.getByRole('heading', { name: 'Statement', level: 1 })).toBeVisible();
	expect(heard).toEqual([]);
	await context.close();
});

test('R6.1 a text that comes while somebody looks is counted and told within seconds', async ({ browser }) => {
	const { colleague, number, handset, home } = await busy();
	const { page, context } = await signIn(browser, colleague);
	await page.goto(`${home}/dashboard?days=1`);
	await expect(page.getByRole('status')).toHaveText('Live');
	const before = Number(await shown(page, 'Texts in'));
	await handset.text(number.e164, 'Is anybody at home?');
	await expect(figure(page, 'Texts in').locator('.figure')).toHaveText(String(before + 1));
	await expect(page.getByRole('region', { name: 'Happening now' }).getByRole('listitem').first()).toContainText(
		'wrote to'
	);
	// money and the audit log are not for a member
	await expect(page.getByRole('region', { name: 'Wallet' })).toHaveCount(0);
	await expect(page.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
	await expect(figure(page, 'Cost this month')).toHaveCount(0);
	await context.close();
});

test('R6.1 the first steps tick themselves and are put away, also without scripts', async ({ browser }) => {
	const founder = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner: founder });
	const { page, context } = await signIn(browser, founder, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/dashboard`);
	const steps = page.getByRole('region', { name: 'First steps' });
	await expect(steps.getByRole('link', { name: 'Get a number' })).toBeVisible();
	await createNumber(sql, env, { organizationId: organization.id });
	await page.reload();
	await expect(steps.getByRole('listitem').first()).toHaveText(/Get a number\s*, done/);
	await expect(steps.getByRole('link', { name: 'Get a number' })).toHaveCount(0);
	await steps.getByRole('button', { name: 'Hide this list' }).click();
	await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
	await expect(steps).toHaveCount(0);
	await context.close();
});

test('R6.1 R6.5 Home and Usage read well on a phone and at a desk, and the chart has its table', async ({
	browser
}) => {
	const { owner, home } = await busy();
	const { page, context } = await signIn(browser, owner);
	for (const [width, height] of [
		[360, 740],
		[768, 1024],
		[1440, 960]
	] as const) {
		await page.setViewportSize({ width, height });
		for (const path of ['/dashboard', '/settings/usage']) {
			await page.goto(home + path);
			await alive(page);
			await expectToFit(page);
			await expectToReadWell(page, { once: width !== 360 });
		}
	}
	await page.goto(`${home}/dashboard?days=7`);
	await page.getByText('Show as a table').click();
	await expect(page.getByRole('table', { name: 'Texts by day' }).getByRole('row')).toHaveCount(8);
	await context.close();
});

test('R6.6 a limit that is reached is said above the pages, with what happens then; the next plan is two clicks away', async ({
	browser
}) => {
	const owner = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, plan: null });
	await sql`select private.take_included(${organization.id}, private.month_of(${organization.id}), 100, 100)`;
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/inbox`);
	const banner = page.getByRole('region', { name: 'Limits', exact: true }).first();
	await expect(banner).toContainText('100 of 100 of this month’s included segments are used');
	await banner.getByRole('link', { name: 'Change what happens' }).click();
	await expect(page.getByRole('heading', { name: 'Usage', level: 1 })).toBeVisible();
	await expect(page.getByText('texts go on, and each is paid from the wallet')).toBeVisible();
	await page.getByText('Limits of your own').click();
	await page.getByLabel('Segments a month: when it is reached').selectOption('Stop there');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
	await expect(page.getByText('nothing is sent that costs anything')).toBeVisible();
	await page.reload();
	await expect(page.getByLabel('Segments a month: when it is reached')).toHaveValue('stop');
	await expectToReadWell(page);
	await page.goto(`/${organization.slug}/inbox/notifications`);
	await expect(page.getByText('100 of 100 of this month’s included segments are used').last()).toBeVisible();

	await page.goto(`/${organization.slug}/settings/usage`);
	await page.getByRole('button', { name: 'Starter for $19 a month' }).click();
	// with nothing paid yet, what comes next is the payment itself
	await expect(page.getByRole('heading', { name: 'Subscribe' })).toBeVisible();
	await context.close();
});

test('R6.6 an owner allows less than the plan does, to be told or to stop there; who set it and what is refused is said in words', async ({
	browser
}) => {
	const { owner, organization, home } = await busy();
	const { page, context } = await signIn(browser, owner);
	const heard = complaints(page);
	await page.goto(`${home}/settings/usage`);
	await page.getByText('Limits of your own').click();
	const save = page.getByRole('button', { name: 'Save' });
	await page.getByRole('textbox', { name: 'Members' }).fill('many');
	await save.click();
	await expect(page.getByText('At least one, or nothing.')).toBeVisible();
	await expect(page.getByRole('textbox', { name: 'Members' })).toHaveValue('many');
	await page.getByRole('textbox', { name: 'Members' }).fill('4000');
	await save.click();
	await expect(page.getByText('You can allow as much as the plan does, and no more.')).toBeVisible();

	const [{ count }] = await sql<[{ count: number }]>`
		select count(*)::int as count from public.memberships where organization_id = ${organization.id}`;
	await page.getByRole('textbox', { name: 'Members' }).fill(String(count));
	await page.getByLabel('Members: when it is reached').selectOption('Stop there');
	await page.getByLabel('Spent from the wallet a month, $').fill('12.50');
	await page.getByLabel('Room for files, GB').fill('1.5');
	await save.click();
	await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
	const limits = page.getByRole('region', { name: 'Limits', exact: true });
	await expect(limits.getByText(`${count} of ${count}`, { exact: true })).toBeVisible();
	await expect(limits.getByText(/set this on .*, to stop there; the plan has 250\./)).toBeVisible();
	await expect(limits.getByText('of $12.50')).toBeVisible();
	await page.reload();
	await expect(page.getByLabel('Room for files, GB')).toHaveValue('1.5');
	for (const width of [360, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await expectToFit(page);
		await expectToReadWell(page);
	}

	await page.goto(`${home}/settings/invitations`);
	await page.getByLabel('E-mail addresses').fill('one@else.example');
	await page.getByRole('button', { name: 'Invite', exact: true }).click();
	await expect(page.getByText('An owner or admin here allows no more members than there are.')).toBeVisible();
	await page.goto(`${home}/settings/audit-log`);
	await expect(page.getByText(/set a limit of one’s own for members/).first()).toBeVisible();
	expect(heard.filter((line) => !line.includes('409') && !line.includes('422'))).toEqual([]);
	await context.close();
});

test('R6.5 the file of a time has the figures of its page', async ({ browser }) => {
	const { owner, home } = await busy();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`${home}/settings/usage?days=30`);
	const together = page.getByRole('table', { name: 'Texts by number' }).getByRole('row', { name: /^Together/ });
	const cells = await together.getByRole('cell').allTextContents();
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('link', { name: 'Download as CSV' }).click()
	]);
	const rows = (await (await download.createReadStream()).toArray()).join('').replace('\uFEFF', '').split('\r\n');
	const columns = rows[0]!.split(',');
	const number = rows.find((row) => row.startsWith('number,'))!.split(',');
	expect(['texts_in', 'texts_out', 'segments_out'].map((name) => number[columns.indexOf(name)])).toEqual(
		cells.slice(0, 3)
	);
	await context.close();
});

test('R6.1 numbers that are due within 14 days are a list of their own, which Home leads to', async ({ browser }) => {
	const { owner, organization, number } = await team();
	const [soon, later] = [
		await createNumber(sql, null, { organizationId: organization.id, label: 'Soon' }),
		await createNumber(sql, null, { organizationId: organization.id, label: 'Later' })
	];
	for (const [id, days] of [
		[number.id, 13],
		[soon.id, 2],
		[later.id, 15]
	] as const)
		await sql`update public.phone_numbers set renews_at = now() + ${`${days} days`}::interval where id = ${id}`;
	const { page } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/dashboard`);
	const need = page.getByRole('listitem').filter({ hasText: 'Numbers due in 14 days' });
	await expect(need).toContainText('Soon: ');
	await need.getByRole('link').click();
	await expect(page).toHaveURL(`${env.APP_URL}/${organization.slug}/numbers?show=due`);
	const rows = page.getByRole('list', { name: 'Your numbers' }).getByRole('listitem');
	await expect(rows).toHaveCount(2);
	await expect(rows.first()).toContainText('Soon');
	for (const width of [360, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await expectToFit(page);
		await expectToReadWell(page);
	}
	await page.getByRole('navigation', { name: 'Which numbers' }).getByRole('link', { name: 'All' }).click();
	await expect(rows).toHaveCount(3);
});
