import { randomBytes } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { createOperator, post } from '../support/operators.ts';

test('R6.7 an event is found, opened without its words and looked at again; errors and webhooks lead to their organization', async ({
	browser
}) => {
	const { organization, number } = await team();
	const sid = `SM${randomBytes(16).toString('hex')}`;
	const body = `For the team ${randomBytes(6).toString('hex')}`;
	const [received] = await sql<{ told: { conversation_id: string } }[]>`
		select service.receive_message('twilio', ${sid}, '+14155550187', ${number.e164}, ${body}, 1, null,
			${sql.json({ MessageSid: sid, From: '+14155550187', To: number.e164, Body: body, AccountSid: 'AC1' })}) as told`;
	const code = `7${Date.now() % 10_000_000}`;
	await sql`
		insert into public.messages (conversation_id, direction, status, body, carrier, error_code, failed_at)
		values (${received!.told.conversation_id}, 'outbound', 'failed', 'Hello', 'twilio', ${code}, now())`;
	const host = `hooks-${randomBytes(4).toString('hex')}.invalid`;
	await sql`
		insert into public.webhook_endpoints (organization_id, url, event_types, failures, failing_since, blocked_until)
		values (${organization.id}, ${`https://${host}/in/secret`}, '{message.status_changed}', 9, now() - interval '1 hour',
			now() + interval '1 hour')`;

	const { context, page } = await createOperator(browser, sql, 'operator');
	const heard = complaints(page);
	await page.goto('/admin');
	await page.getByRole('link', { name: 'Traffic' }).click();
	await page.getByLabel('Organization', { exact: true }).fill(organization.slug);
	await page.getByRole('button', { name: 'Find' }).click();
	await page.getByRole('link', { name: `message:${sid}` }).click();
	await expect(page.getByText('It was taken, and what follows from it has begun.')).toBeVisible();
	expect(await page.content()).not.toMatch(new RegExp(`${body}|4155550187`));
	await page.getByText('Look at it again', { exact: true }).first().click();
	await page.getByLabel('Reason').fill('They say that it never came');
	await page.getByRole('button', { name: 'Look at it again' }).click();
	await expect(page.getByText('1 event is looked at again.')).toBeVisible();
	await expect(async () => {
		await page.goto(`/admin/events?provider=twilio&key=message:${sid}`);
		await expect(page.getByText('It is kept already, and changed nothing.')).toBeVisible({ timeout: 500 });
	}).toPass();
	await expectToReadWell(page);

	await page.goto(`/admin/events/errors?code=${code}`);
	await expect(page.getByRole('row').filter({ hasText: code })).toHaveCount(2);
	await page.goto('/admin/events/webhooks');
	await page.getByLabel(`Choose ${host}`).check();
	await page.getByLabel('Reason').fill('It floods their host');
	await page.getByRole('button', { name: 'Switch off' }).click();
	await expect(page.getByText('Nobody is told there any more.')).toBeVisible();
	await expect(page.getByRole('row').filter({ hasText: host })).toContainText('Switched off by us');
	expect(heard).toEqual([]);
	await context.close();

	const support = await createOperator(browser, sql, 'support');
	const reason = 'Because';
	for (const [path, form] of [
		[`/admin/events?/replay&key=message:${sid}`, { reason }],
		['/admin/events/webhooks?/tend', { endpoint: organization.id, deed: 'retry', reason }]
	] as const) {
		expect((await post(support.context.request, path, form)).status(), path).toBe(403);
	}
	await support.context.close();
});
