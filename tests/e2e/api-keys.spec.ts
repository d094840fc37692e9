import { createHash } from 'node:crypto';
import { expect, test, type Page } from '@playwright/test';
import { parseKey } from '#core/api-keys.ts';
import { signIn, sql, team } from '../support/browsers.ts';
import { expectToFit, expectToReadWell } from '../support/looks.ts';
import { enterPassword } from './entering.ts';

const keyIn = async (page: Page) => (await page.getByText(/^cum_(live|test)_\w{8}_\w{38}$/).textContent()) ?? '';

const kept = async (organizationId: string) =>
	sql`
		select k.name, k.mode, k.scopes, k.allowed_from::text[] as allowed_from, k.phone_number_ids, encode(s.hash, 'hex') as hash,
			k.expires_at
		from public.api_keys k join private.api_key_secrets s on s.key_id = k.id
		where k.organization_id = ${organizationId} order by k.id`;

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

test('R6.7 R7.3 a key is made after the password, shown once, rotated with an overlap and revoked', async ({
	browser
}) => {
	const { owner, organization, number } = await team();
	const { page, context } = await signIn(browser, owner);
	await sql`update private.session_details set password_entered_at = now() - interval '1 hour'
		where session_id in (select s.id from auth.sessions s where s.user_id = ${owner.userId})`;
	const home = `/${organization.slug}/settings/api-keys`;
	await page.goto(home);
	await expect(page.getByText('No key yet')).toBeVisible();
	await page.getByRole('link', { name: 'Create key' }).click();
	await page.getByLabel('Name', { exact: true }).fill('Rate checker');
	await page.getByRole('link', { name: 'Codes for CI' }).click();
	await page.getByLabel(/Ask for codes/).uncheck();
	await page.getByLabel('Only these').check();
	await page.locator(`input[value="${number.id}"]`).check();
	await page.getByLabel('From which addresses').fill('nowhere');
	await page.getByRole('button', { name: 'Create key' }).click();
	await enterPassword(page, 'Go on');
	await expect(page.getByText('An address is like 203.0.113.7')).toBeVisible();
	await expect(page.getByLabel(/Ask for codes/)).not.toBeChecked();
	await page.getByLabel('From which addresses').fill('203.0.113.0/24');
	await page.getByRole('button', { name: 'Create key' }).click();

	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('Key “Rate checker” is ready')).toBeVisible();
	const key = await keyIn(page);
	expect(parseKey(key)).toMatchObject({ mode: 'live' });
	expect(await kept(organization.id)).toMatchObject([
		{
			...{ name: 'Rate checker', mode: 'live', scopes: ['verifications:read'], allowed_from: ['203.0.113.0/24'] },
			...{ phone_number_ids: [number.id], hash: hashOf(key) }
		}
	]);
	await page.keyboard.press('Escape');
	await expect(dialog).toBeVisible();
	await expectToReadWell(page, { once: true });
	await dialog.getByText('I have stored it').click();
	await dialog.getByRole('button', { name: 'Done' }).click();
	await page.waitForURL(`**${home}`);
	expect(await page.content()).not.toContain(key);

	await page.getByRole('link', { name: 'Rate checker' }).click();
	await page.getByLabel('This one goes on for').selectOption('1 hour');
	await page.getByRole('button', { name: 'Rotate' }).click();
	await expect(dialog.getByText(/goes on until/)).toBeVisible();
	const next = await keyIn(page);
	const [old, successor] = await kept(organization.id);
	expect(successor).toMatchObject({ hash: hashOf(next), scopes: ['verifications:read'], expires_at: null });
	expect(Number(old?.expires_at) - Date.now()).toBeGreaterThan(3_000_000);
	await dialog.getByText('I have stored it').click();
	await dialog.getByRole('button', { name: 'Done' }).click();

	await expect(page.getByText('Rotating: it goes on until')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Rate checker' })).toHaveCount(2);
	await page.getByRole('link', { name: 'Rate checker' }).first().click();
	await expect(page.getByText('Both go on for now.')).toBeVisible();
	await page.setViewportSize({ width: 320, height: 740 });
	await expectToFit(page);
	await page.getByRole('button', { name: /^Revoke/ }).click();
	await expect(page.getByText('Revoked. It opens nothing any more')).toBeVisible();
	await expect(page.getByText('Revoked and expired (1)')).toBeVisible();
	await context.close();
});

test('R7.6 without scripts a test key is made and shown in the page, and the same form makes no second one', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/settings/api-keys/new`);
	await page.getByRole('link', { name: 'Send only' }).click();
	await page.getByLabel('Name', { exact: true }).fill('Local tests');
	await page.getByRole('radio', { name: /^Test/ }).check();
	await page.getByRole('button', { name: 'Create key' }).click();
	await expect(page.getByText('Key “Local tests” is ready')).toBeVisible();
	expect(parseKey(await keyIn(page))).toMatchObject({ mode: 'test' });
	await page.reload();
	await expect(page.getByText('This key was made already, and is shown only once.')).toBeVisible();
	expect(await kept(organization.id)).toMatchObject([{ mode: 'test', scopes: ['messages:write'] }]);
	await context.close();
});
