import { expect, test } from '@playwright/test';
import { sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import { createOperator, post } from '../support/operators.ts';
import { longAgo, sent } from '../support/uncharged.ts';

test('R6.7 parked jobs are tried again or given up, and a difference is repaired, by forms and with a reason', async ({
	browser
}) => {
	test.setTimeout(120_000);
	const { organization } = await team();
	const park = async () => {
		const [job] = await sql<{ id: string }[]>`
			insert into private.jobs (kind, payload, attempts, last_error, parked_at)
			values ('expire_verification', ${sql.json({ verification_id: crypto.randomUUID() })}, 12, 'No answer', now()) returning id`;
		return job!.id;
	};
	const stateOf = async (id: string) =>
		(
			await sql<{ parked: boolean; over: boolean; attempts: number }[]>`
				select parked_at is not null as parked, completed_at is not null as over, attempts from private.jobs where id = ${id}`
		)[0];
	const [again, never] = [await park(), await park()];
	const [text] = await sent(sql, organization.id, longAgo, [0]);
	await sql`select private.compare_books()`;
	const [difference] = await sql<{ id: string }[]>`select id from private.differences where subject = ${text!}`;
	const name = `text not charged: ${text}`;

	// support looks: it has no forms, and those of others are refused
	const support = await createOperator(browser, sql, 'support');
	await support.page.goto('/admin/jobs');
	await expect(support.page.getByRole('row').filter({ has: support.page.locator(`[value="${again}"]`) })).toContainText(
		'No answer'
	);
	await expect(support.page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
	await support.page.goto('/admin/differences');
	await expect(support.page.getByRole('rowheader', { name })).toBeVisible();
	await expect(support.page.getByRole('button', { name: 'Repair it' })).toHaveCount(0);
	const reason = 'Safe to ask again';
	for (const [path, form] of [
		['/admin/jobs?/settle', { jobs: again, deed: 'retry', reason }],
		['/admin/jobs?/settle', { jobs: again, deed: 'discard', reason }],
		['/admin/differences?/repair', { difference: difference!.id, reason }]
	] as const) {
		expect((await post(support.context.request, path, form)).status()).toBe(403);
	}
	expect(await stateOf(again)).toEqual({ parked: true, over: false, attempts: 12 });
	await support.context.close();

	const { context, page } = await createOperator(browser, sql, 'operator');
	const heard = complaints(page);
	await page.goto('/admin/jobs');
	await page.getByLabel('Reason').fill(reason);
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByText('Choose one at least.')).toBeVisible();
	expect(
		(await post(context.request, '/admin/jobs?/settle', { jobs: again, deed: 'retry', reason: '' })).status()
	).toBe(422);
	expect(await stateOf(again)).toEqual({ parked: true, over: false, attempts: 12 });
	await page.getByLabel(`Choose expire_verification ${again}`).check();
	await page.getByLabel('Reason').fill(reason);
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByText('1 job will be tried again.')).toBeVisible();
	await expect(page.getByLabel(`Choose expire_verification ${again}`)).toHaveCount(0);
	// the worker does it, in one try
	await expect.poll(() => stateOf(again)).toEqual({ parked: false, over: true, attempts: 1 });
	await page.getByLabel(`Choose expire_verification ${never}`).check();
	await page.getByLabel('Reason').fill('Nobody waits for it');
	await page.getByRole('button', { name: 'Give up' }).click();
	await expect(page.getByText('1 job given up.')).toBeVisible();
	await expectToReadWell(page);
	expect(await stateOf(never)).toEqual({ parked: true, over: true, attempts: 12 });
	const late = await post(context.request, '/admin/jobs?/settle', { jobs: never, deed: 'retry', reason });
	expect(await late.text()).toContain('0 jobs will be tried again.');
	expect(await stateOf(never)).toEqual({ parked: true, over: true, attempts: 12 });

	await page.goto('/admin/differences');
	await page.getByLabel('Repair', { exact: true }).selectOption(name);
	await page.getByLabel('Reason').fill('It was sent on Monday');
	await page.getByRole('button', { name: 'Repair it' }).click();
	await expect(page.getByText('Repaired. The next comparison says whether it is gone.')).toBeVisible();
	await expectToReadWell(page);
	const charges = () => sql`select status from public.text_charges where message_id = ${text!}`;
	expect(await charges()).toEqual([{ status: 'charged' }]);
	await sql`select private.compare_books()`;
	const gone = await post(context.request, '/admin/differences?/repair', { difference: difference!.id, reason });
	expect(await gone.text()).toContain('It is gone already.');
	expect(await charges()).toEqual([{ status: 'charged' }]);

	await page.goto('/admin/log');
	for (const [deed, why] of [
		['jobs retried', reason],
		['jobs discarded', 'Nobody waits for it'],
		['difference repaired', 'It was sent on Monday']
	] as const) {
		await expect(page.getByRole('row').filter({ hasText: deed }).filter({ hasText: why }).first()).toBeVisible();
	}
	// the browser says of the form without a choice that it was refused
	expect(heard.filter((complaint) => !complaint.includes('status of 422'))).toEqual([]);
	await context.close();
});

test('R6.7 what fails within the console leads back to the console', async ({ browser }) => {
	const { context, page } = await createOperator(browser, sql, 'support');
	for (const [path, status] of [
		['/admin/operators', 403],
		[`/admin/organizations/${crypto.randomUUID()}`, 404],
		['/admin/nowhere', 404]
	] as const) {
		expect((await page.goto(path))?.status(), path).toBe(status);
		await expect(page.getByText('inbox')).toHaveCount(0);
		await page.getByRole('link', { name: 'Go to the console' }).click();
		await expect(page.getByRole('heading', { name: 'What is it about?' })).toBeVisible();
	}
	await context.close();
});
