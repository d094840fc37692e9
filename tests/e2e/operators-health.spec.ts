import { expect, test } from '@playwright/test';
import { startApp } from '../support/apps.ts';
import { env, sql } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { createOperator, post } from '../support/operators.ts';

// what is said to everybody is said later, and the platform never rests here: others share it
test('R6.7 an administrator sees how the platform is and announces something, which everybody reads under Status', async ({
	browser,
	page
}) => {
	const says = `On Sunday we move house. ${crypto.randomUUID()}`;
	const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
	const announcement = { says, level: 'info', starts_at: later(3), ends_at: later(4), reason: 'A bigger database' };

	const { page: console, context } = await createOperator(browser, sql, 'administrator');
	const endless = await post(context.request, '/admin/health?/announce', { ...announcement, ends_at: later(2) });
	expect(await endless.text()).toContain('an end that is still to come and after the beginning');
	const heard = complaints(console);
	await console.goto('/admin/health');
	// open by itself where one of them failed, as while another test has the database away
	const clock = console.locator('details').filter({ hasText: /The clock’s \d+ jobs/ });
	if ((await clock.getAttribute('open')) === null) await clock.locator('summary').click();
	await expect(console.getByRole('rowheader', { name: 'reconcile', exact: true })).toBeVisible();
	for (const deed of ['Announce something', 'Have the platform rest']) await console.getByText(deed).click();
	await expectToReadWell(console);
	const form = console.locator('form[action="?/announce"]');
	await form.getByLabel('What is said').fill(says);
	await form.getByLabel('Kind').selectOption('info');
	await form.getByLabel('From (UTC)').fill(announcement.starts_at);
	await form.getByLabel('Until (UTC)').fill(announcement.ends_at);
	await form.getByLabel('On the public status page, too').check();
	await form.getByLabel('Reason').fill(announcement.reason);
	await form.getByRole('button', { name: 'Announce' }).click();
	await expect(console.getByText('It is announced.')).toBeVisible();
	await expect(console.getByRole('row').filter({ hasText: says })).toContainText('to come');
	const [line] = await sql`select verb, reason from private.operator_log where verb = 'announcement.published'
		and object_id = (select id::text from private.announcements where says = ${says})`;
	expect(line).toEqual({ verb: 'announcement.published', reason: announcement.reason });

	const visits = await page.goto('/');
	expect(visits?.headers()['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
	await page.getByRole('navigation', { name: 'More' }).getByRole('link', { name: 'Status' }).click();
	await expect(page.getByRole('article').filter({ hasText: says })).toBeVisible();
	await expect(page.getByRole('img', { name: /^Carrier, \d+ of 90 days known/ })).toBeVisible();

	await console.getByText('Take an announcement back').click();
	const back = console.locator('form[action="?/withdraw"]');
	await back.getByLabel('Announcement').selectOption({ label: `${says.slice(0, 59)}…` });
	await back.getByLabel('Reason').fill('It was moved');
	await back.getByRole('button', { name: 'Take back' }).click();
	await expect(console.getByText('It is said no more.')).toBeVisible();
	await page.reload();
	await expect(page.getByText(says)).toHaveCount(0);
	expect(heard).toEqual([]);
	await context.close();
});

test('R6.7 strangers learn whether it is alive, and no figure', async ({ request }) => {
	const alive = await request.get('/healthz');
	expect([alive.status(), await alive.text()]).toEqual([200, 'ok']);
	expect((await request.get('/metrics')).status()).toBe(404);
});

test('R6.7 Prometheus reads the figures with the secret, each line of a form that it knows', async ({ request }) => {
	const secret = 'a-secret-of-sixteen';
	await using app = await startApp(env, { METRICS_SECRET: secret });
	expect((await request.get(`${app.url}/metrics`)).status()).toBe(401);
	const answer = await request.get(`${app.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } });
	expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'text/plain; version=0.0.4']);
	const lines = (await answer.text()).split('\n');
	expect(lines.pop()).toBe('');
	// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
	const label = '[a-z_]+="(?:[^"\\\\\n]|\\\\[\\\\"n])*"';
	const form = new RegExp(
		`^(?:|# HELP [a-z0-9_]+ .+|# TYPE [a-z0-9_]+ (?:gauge|histogram)|[a-z0-9_]+(?:\\{${label}(?:,${label})*\\})? [-+.e\\d]+)$`
	);
	expect(lines.filter((line) => !form.test(line))).toEqual([]);
	for (const name of ['cumapp_http_request_seconds_count', 'process_uptime_seconds', 'cumapp_webhooks_waiting']) {
		expect(
			lines.some((line) => line.startsWith(name)),
			name
		).toBe(true);
	}
});
