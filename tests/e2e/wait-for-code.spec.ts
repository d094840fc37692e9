import { expect, test } from '@playwright/test';
import { verificationClient } from '../../docs/examples/codes.mts';
import { createKey } from '../functions/api-keys.ts';
import { env, sql, team } from '../support/browsers.ts';
import { siteName, startDemoSite } from '../support/demo-site.ts';

test('R5.3 R7.1 a test signs up at a site with the code that it texts to a number of ours', async ({ page }) => {
	const { organization, number, handset } = await team();
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organization.id}`;
	const site = await startDemoSite(handset);
	const { key } = await createKey(sql, organization.id, { scopes: ['verifications:read', 'verifications:write'] });
	const url = `${env.SUPABASE_URL}/functions/v1/api`;

	const codes = verificationClient({ url, key });
	const { id, number_e164 } = await codes.request(siteName);
	expect(number_e164).toBe(number.e164);
	await page.goto(site.url);
	await page.getByLabel('Phone number').fill(number_e164);
	await page.getByRole('button', { name: 'Text me a code' }).click();
	await page.getByLabel('Code').fill(await codes.code(id));
	await page.getByRole('button', { name: 'Sign up' }).click();
	await expect(page.getByText('Your account is ready.')).toBeVisible();
	expect((await codes.complete(id)).status).toBe('completed');
	await site.stop();
});
