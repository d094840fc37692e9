import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { parse as readCsv } from 'csv-parse/sync';
import type { ExportRow } from '#core/verification-export.ts';
import { signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';

test.describe.configure({ timeout: 120_000 });

/** The file that a click saves, with its name. */
async function saved(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
	const [download] = await Promise.all([page.waitForEvent('download'), click()]);
	return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

test('R5.7 what the filter shows is saved as a file and read back; more is prepared, told of and fetched; strangers get nothing', async ({
	browser
}) => {
	const { owner, organization, number } = await team();
	const other = await team();
	const fill = (count: number, service: string, note: string) =>
		sql.begin(async (tx) => {
			// without triggers: nobody listens
			await tx`set local session_replication_role = replica`;
			await tx`
		insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, ttl_seconds,
			idempotency_key, status, expires_at, code, final_code, code_count, note)
		select ${organization.id}, ${number.id}, ${service}, ${owner.userId}, 600, gen_random_uuid(), 'completed', now(),
			'004312', '004312', 1, ${note}
		from generate_series(1, ${count}::integer)`;
		});
	await fill(2, 'GitHub', '=1+1, "שלום"');
	await fill(1, 'Slack', 'another');
	const here = `/${organization.slug}/verifications/export`;

	const { page } = await signIn(browser, owner);
	const heard = complaints(page);
	await page.goto(`${here}?service=GitHub`);
	await expect(page.getByRole('heading', { name: '2 requests that fit your filters' })).toBeVisible();
	await expectToReadWell(page);
	const csv = await saved(page, () => page.getByRole('link', { name: 'CSV', exact: true }).click());
	expect(csv.name).toMatch(new RegExp(`^verifications-${organization.slug}-[\\d-]{10}\\.csv$`));
	const rows: Record<string, string>[] = readCsv(csv.text, { bom: true, columns: true });
	const expected = { service: 'GitHub', number: number.e164, final_code: '004312' };
	expect(rows).toEqual(Array(2).fill(expect.objectContaining({ ...expected, note: `'=1+1, "שלום"` })));
	const lines = await saved(page, () => page.getByRole('link', { name: 'JSON Lines' }).click());
	const read = lines.text
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as ExportRow);
	expect(read.map(({ id, note }) => [id, note])).toEqual(rows.map(({ id }) => [id, '=1+1, "שלום"']));

	// more than one download holds
	await fill(20_000, 'Slack', 'many');
	await page.goto(here);
	await expect(page.getByRole('heading', { name: '20,003 requests' })).toBeVisible();
	await page.getByRole('button', { name: 'Prepare JSON', exact: true }).click();
	const file = page.getByRole('link', { name: 'File 1' });
	await expect(file).toBeVisible({ timeout: 60_000 });
	await expect(page.getByText(/^Ready since/)).toBeVisible({ timeout: 60_000 });
	await expectToReadWell(page);
	const parts = [
		await saved(page, () => file.click()),
		await saved(page, () => page.getByRole('link', { name: 'File 2' }).click())
	];
	expect(parts[1]!.name).toMatch(/-part-2\.json$/);
	const ids = parts.flatMap(({ text }) => (JSON.parse(text) as ExportRow[]).map(({ id }) => id));
	expect([ids.length, new Set(ids).size]).toEqual([20_003, 20_003]);
	await page.goto(`/${organization.slug}/inbox/notifications`);
	await page.getByRole('link', { name: /The files with your codes are ready/ }).click();
	await expect(page).toHaveURL(new RegExp(`${here}$`));
	const address = (await file.getAttribute('href'))!;
	expect(heard).toEqual([]);

	// somebody else's organization, and its address with the file of this one
	const stranger = await signIn(browser, other.owner);
	for (const path of [
		here,
		`${here}/file?format=csv`,
		address,
		address.replace(organization.slug, other.organization.slug)
	])
		expect((await stranger.page.request.get(path)).status(), path).toBe(404);

	await page.getByRole('button', { name: /^Remove/ }).click();
	await expect(file).toHaveCount(0);
	expect((await page.request.get(address)).status()).toBe(404);
});
