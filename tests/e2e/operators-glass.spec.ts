import { expect, test } from '@playwright/test';
import { env, folder, handset, signIn, sql, team } from '../support/browsers.ts';
import { logsOf } from '../support/logs.ts';
import { complaints, expectToFit, expectToReadWell } from '../support/looks.ts';
import { codeOf, createOperator, places, post } from '../support/operators.ts';

test('R6.7 what is masked is nowhere until an owner gives a code, and the tenant reads of each page', async ({
	browser
}) => {
	test.setTimeout(120_000);
	const { owner, colleague, organization, number } = await team();
	const outside = handset();
	const secret = `The door is ${Math.random().toString(36).slice(2)} tonight`;
	await outside.text(number.e164, secret);
	await expect.poll(async () => (await sql`select id from public.messages where body = ${secret}`).length).toBe(1);
	const [text] = await sql<{ id: string; conversation_id: string; carrier_message_id: string }[]>`
		select id, conversation_id, carrier_message_id from public.messages where body = ${secret}`;
	const { context, page } = await createOperator(browser, sql, 'support');
	const home = `/admin/organizations/${organization.id}`;
	const pages = [
		`/admin?q=${text!.carrier_message_id}`,
		`/admin?q=${encodeURIComponent(outside.e164)}`,
		home,
		`${home}/conversations`,
		`${home}/conversations?conversation=${text!.conversation_id}`,
		`/admin/people/${owner.userId}`
	];
	const seen = async () => {
		let all = '';
		for (const path of pages) {
			all += await (await context.request.get(path, { headers: { accept: 'text/html' } })).text();
			all += await (await context.request.get(path.replace(/(\?.*)?$/, '/__data.json$1'))).text();
		}
		return all;
	};
	const looks = () =>
		sql<{ after: Record<string, unknown> }[]>`
			select after from public.audit_log
			where organization_id = ${organization.id} and verb = 'support.looked' order by id`;
	const holds = (all: string) => [all.includes(secret), all.includes(outside.e164.slice(2))];

	// nobody said why: nothing is shown, and nothing was looked at
	const before = await seen();
	expect(holds(before.replaceAll(`q=${encodeURIComponent(outside.e164)}`, '').replaceAll(outside.e164, ''))).toEqual([
		false,
		false
	]);
	expect(await looks()).toHaveLength(0);
	expect((await context.request.get(`${home}/conversations`, { maxRedirects: 0 })).headers().location).toBe(home);

	await page.goto(home);
	await page.getByLabel('Why do you look at it?').fill('Case 4471');
	await page.getByRole('button', { name: 'Look at it' }).click();
	await expect(page.getByText('Glass box.')).toBeVisible();
	await page.getByRole('link', { name: 'Conversations' }).click();
	await page
		.getByRole('cell', { name: 'masked' })
		.or(page.getByRole('link', { name: 'masked' }))
		.first()
		.waitFor();
	const masked = await seen();
	expect(holds(masked.replaceAll(outside.e164, ''))).toEqual([false, false]);
	const logged = (await looks()).map(({ after }) => after);
	expect(new Set(logged.map(({ page }) => page))).toEqual(
		new Set(['overview', 'conversations', 'conversation', 'person'])
	);
	expect(logged[0]).toEqual({ page: 'overview', role: 'support', reason: 'Case 4471', unmasked: false });

	// an owner gives a code; a colleague cannot
	const tenant = await signIn(browser, owner);
	await tenant.page.goto(`/${organization.slug}/settings/organization`);
	await tenant.page.getByRole('button', { name: 'Make a support code' }).click();
	const said = await tenant.page.getByText('it is not shown again').innerText();
	const code = /[A-Z2-9]{5}-[A-Z2-9]{5}$/.exec(said)?.[0] ?? '';
	const other = await signIn(browser, colleague);
	await other.page.goto(`/${organization.slug}/settings/organization`);
	await expect(other.page.getByRole('heading', { name: 'Organization', exact: true }).first()).toBeVisible();
	await expect(other.page.getByRole('button', { name: 'Make a support code' })).toHaveCount(0);
	await other.context.close();
	const [kept] =
		await sql`select to_jsonb(c)::text as row from private.support_codes c where organization_id = ${organization.id}`;
	expect(kept?.row).not.toContain(code.replace('-', ''));

	await page.goto(home);
	await page.getByLabel('Support code').fill('AAAAA-AAAAA');
	await page.getByRole('button', { name: 'Unmask, read only' }).click();
	await expect(page.getByText('This support code is wrong, or its time is over.')).toBeVisible();
	await page.getByLabel('Support code').fill(code.toLowerCase());
	await page.getByRole('button', { name: 'Unmask, read only' }).click();
	await expect(page.getByText('to read only')).toBeVisible();
	await page.goto(`${home}/conversations`);
	await expect(page.getByText(secret)).toBeVisible();
	expect((await looks()).at(-1)?.after).toMatchObject({ page: 'conversations', unmasked: true });
	// another operator's session is not unmasked by it
	const second = await createOperator(browser, sql, 'administrator');
	await second.page.goto(home);
	await second.page.getByLabel('Why do you look at it?').fill('Curious');
	await second.page.getByRole('button', { name: 'Look at it' }).click();
	await second.page.goto(`${home}/conversations`);
	await expect(second.page.getByRole('heading', { name: 'Conversations' }).first()).toBeVisible();
	expect(await second.page.content()).not.toContain(secret);
	await second.context.close();

	// it ends when the owner says so, and the tenant's own log tells all of it
	await tenant.page.reload();
	await tenant.page.getByRole('button', { name: 'End it now' }).click();
	await expect(tenant.page.getByText('Our support reads nothing any more.')).toBeVisible();
	expect(await (await context.request.get(`${home}/conversations`)).text()).not.toContain(secret);
	await tenant.page.goto(`/${organization.slug}/settings/audit-log`);
	await expect(
		tenant.page.getByText(/Our support \(support\) looked at the list of conversations/).first()
	).toBeVisible();
	await expect(tenant.page.getByText('Our support (support) used the support code.')).toBeVisible();
	await tenant.context.close();

	for (const { name, text } of logsOf(folder)) {
		expect(holds(text), `${name} holds what is masked`).toEqual([false, false]);
	}
	await context.close();
});

test('R6.7 an operator credits, overrides, verifies, suspends and restores, each with a reason; support only looks', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const home = `/admin/organizations/${organization.id}`;
	const { operator, context, page } = await createOperator(browser, sql, 'operator');
	await page.goto(home);
	await page.getByLabel('Why do you look at it?').fill('Case 4472');
	await page.getByRole('button', { name: 'Look at it' }).click();

	const balance = async () =>
		Number(
			(
				await sql`
			select balance_micros from public.ledger_accounts where organization_id = ${organization.id} and kind = 'wallet'`
			)[0]?.balance_micros ?? 0
		);
	const before = await balance();
	await page.getByText('Credit or debit the wallet').click();
	await page.getByLabel('Amount').fill('12.50');
	await page.getByLabel('Kind').selectOption('refund');
	await page.locator('#credit-reason').fill('Billed twice on 22 November');
	const key = await page.locator('input[name="key"]').inputValue();
	await page.getByRole('button', { name: 'Book it' }).click();
	await expect(page).toHaveURL(new RegExp(`${organization.id}$`));
	expect(await balance()).toBe(before + 12_500_000);
	// the same form again books nothing
	const form = { amount: '12.50', kind: 'refund', reason: 'Billed twice on 22 November', key };
	expect((await post(context.request, `${home}?/credit`, form)).status()).toBe(303);
	expect(await balance()).toBe(before + 12_500_000);
	// without a reason nothing happens
	const bare = await post(context.request, `${home}?/credit`, { ...form, key: crypto.randomUUID(), reason: ' ' });
	expect(bare.status()).toBe(422);
	expect(await balance()).toBe(before + 12_500_000);

	// what is dear asks for a code again after ten minutes, and keeps what was typed
	await sql`
		update private.operator_sessions set code_at = now() - interval '11 minutes'
		where operator_id = (select id from private.operators where name = ${operator.name})`;
	await page.getByText('Credit or debit the wallet').click();
	await page.getByLabel('Amount').fill('-2.50');
	await page.getByLabel('Kind').selectOption('correction');
	await page.locator('#credit-reason').fill('It was ten dollars');
	await page.getByRole('button', { name: 'Book it' }).click();
	await expect(page.getByText('Type the code that your app shows now')).toBeVisible();
	await expect(page.getByLabel('Amount')).toHaveValue('-2.50');
	await page.locator('#credit-code').fill('000000');
	await page.getByRole('button', { name: 'Book it' }).click();
	await expect(page.getByText('This code is wrong')).toBeVisible();
	await expect(page.locator('#credit-code')).toHaveValue('');
	await page.locator('#credit-code').fill(codeOf(operator.secret));
	await page.getByRole('button', { name: 'Book it' }).click();
	await expect(page).toHaveURL(new RegExp(`${organization.id}$`));
	expect(await balance()).toBe(before + 10_000_000);

	await page.getByText('Mark as verified').first().click();
	await page.locator('#verify-reason').fill('Known from a call');
	await page.getByRole('button', { name: 'Mark as verified' }).click();
	await expect(page.getByText('Verified', { exact: true })).toBeVisible();
	await page.getByText('Override plan and limits').click();
	await page.getByLabel('Plan').selectOption('starter');
	await page.getByLabel('API requests a minute').fill('9000');
	await page.getByLabel('Until').fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
	await page.locator('#override-reason').fill('A campaign in December');
	await page.getByRole('button', { name: 'Override', exact: true }).click();
	await expect(page.getByText('9,000')).toBeVisible();
	await page.getByText('Set one limit').click();
	await page.getByLabel('Limit', { exact: true }).selectOption('members');
	await page.getByLabel('At most').fill('7');
	await page.getByLabel('Last day').fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
	await page.locator('#limit-reason').fill('They hire for December');
	await page.getByRole('button', { name: 'Set the limit' }).click();
	await expect(page.getByText(/^of 7 members, set until/)).toBeVisible();

	await page.getByText('Hold sending back').click();
	await page.getByLabel('Step').selectOption('hold');
	await page.getByLabel('To the end of').fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
	await page.locator('#throttle-reason').fill('Signs of a list that was bought');
	await page.getByRole('button', { name: 'Put it on this step' }).click();
	// what was typed stays where something lacks
	await expect(page.getByText('Say to the owners why')).toBeVisible();
	await expect(page.getByLabel('Step')).toHaveValue('hold');
	await page.getByLabel('To its people').fill('Many of those you texted on Monday never asked for it.');
	await page.getByRole('button', { name: 'Put it on this step' }).click();
	await page.getByText('Hold sending back').click();
	await expect(page.getByText(/^Now: Hold: slow, and no new recipients, 20% of its pace/)).toBeVisible();

	await page.getByText('Suspend the organization').click();
	await page.getByLabel('Message to the owners').fill('Many people complained about your texts of Monday.');
	await page.locator('#hold-reason').fill('Spam was reported 41 times');
	await page.getByRole('button', { name: 'Suspend', exact: true }).click();
	await expect(page.getByText('Suspended', { exact: true })).toBeVisible();
	const tenant = await signIn(browser, owner);
	expect((await tenant.page.goto(`/${organization.slug}/inbox`))?.status()).toBe(403);
	await expect
		.poll(async () => {
			const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as {
				to: { address: string }[];
				text: string;
			}[];
			return mails.some(
				({ to, text }) =>
					to.some(({ address }) => address === owner.email) && text.includes('complained about your texts')
			);
		})
		.toBe(true);
	await page.getByText('Lift the suspension').click();
	await page.getByLabel('Message to the owners').fill('Thank you for explaining. All is open again.');
	await page.locator('#hold-reason').fill('It was a mistake');
	await page.getByRole('button', { name: 'Lift it' }).click();
	expect((await tenant.page.goto(`/${organization.slug}/settings/usage`))?.status()).toBe(200);
	await expect(tenant.page.getByText(/^Raised to 7 until .+, instead of/)).toBeVisible();
	const banner = tenant.page.getByRole('region', { name: 'Sending' });
	await expect(banner).toContainText('only to people it has texted with before.');
	await expect(banner).toContainText('Many of those you texted on Monday never asked for it.');
	await expect(banner.getByRole('link', { name: /^Write to/ })).toHaveAttribute('href', /^mailto:/);
	await tenant.context.close();

	const book = (
		await sql`select verb from public.audit_log where organization_id = ${organization.id} and actor_kind = 'platform' order by id`
	).map(({ verb }) => String(verb));
	for (const verb of [
		'wallet.adjusted',
		'organization.verified',
		'plan.overridden',
		'limits.granted',
		'limit.set',
		'sending.throttled',
		'organization.suspended',
		'organization.resumed'
	]) {
		expect(book).toContain(verb);
	}
	await page.goto('/admin/log');
	await expect(page.getByRole('row').filter({ hasText: 'Billed twice on 22 November' })).toContainText(
		'wallet adjusted'
	);
	await context.close();

	const support = await createOperator(browser, sql, 'support');
	await post(support.context.request, `${home}?/visit`, { reason: 'Looking' });
	const deeds: Record<string, Record<string, string>> = {
		credit: { ...form, key: crypto.randomUUID() },
		hold: { held: 'yes', reason: 'because', message: 'because of this' },
		verify: { verified: 'no', reason: 'because' },
		override: { plan: '', requests: '', until: '', reason: 'because' },
		throttle: {
			...{ step: 'free', percent: '', throttle_until: '2026-12-31' },
			throttle_message: '',
			reason: 'because'
		},
		limit: { limit: 'members', value: '', limit_until: '', reason: 'because' }
	};
	for (const [action, fields] of Object.entries(deeds)) {
		expect((await post(support.context.request, `${home}?/${action}`, fields)).status(), action).toBe(403);
	}
	expect((await support.context.request.get('/admin/operators')).status()).toBe(403);
	expect(await balance()).toBe(before + 10_000_000);
	await support.context.close();
});

test('R6.7 every page of the console reads well, light and dark, on a phone and a desk', async ({ browser }) => {
	test.setTimeout(120_000);
	const { owner, organization, number } = await team();
	await handset().text(number.e164, 'Hello');
	await expect
		.poll(async () => (await sql`select id from public.messages where organization_id = ${organization.id}`).length)
		.toBe(1);
	await sql`
		insert into private.jobs (kind, payload, attempts, last_error, parked_at)
		values ('test_of_the_console', '{"message_id": "none"}', 12, 'No answer for 15 s after the request left.', now())`;
	const { context, page } = await createOperator(browser, sql, 'administrator');
	const heard = complaints(page);
	await post(context.request, `/admin/organizations/${organization.id}?/visit`, { reason: 'Looks' });
	const [conversation] = await sql`select id from public.conversations where organization_id = ${organization.id}`;
	const all = [
		...places(organization.id, owner.userId),
		`/admin/organizations/${organization.id}/conversations?conversation=${conversation!.id}`,
		'/admin/sign-in'
	];
	for (const path of all) {
		await page.emulateMedia({ colorScheme: 'light' });
		await page.setViewportSize({ width: 360, height: 740 });
		await page.goto(path);
		await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
		await expectToReadWell(page, { once: true });
		await page.setViewportSize({ width: 320, height: 740 });
		await expectToFit(page);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.setViewportSize({ width: 1440, height: 800 });
		await expectToReadWell(page, { once: true });
	}
	await sql`delete from private.jobs where kind = 'test_of_the_console'`;
	expect(heard).toEqual([]);
	await context.close();
});
