import { expect, test } from '@playwright/test';
import { env, signIn, team } from '../support/browsers.ts';

test('the secret key is in nothing that a browser is sent or sends', async ({ browser }) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'Is anybody listening in?');
	const { page, context } = await signIn(browser, owner);
	const seen: Promise<string>[] = [];
	page.on('request', (request) => seen.push(request.allHeaders().then((headers) => JSON.stringify(headers))));
	page.on('response', (response) => {
		seen.push(response.allHeaders().then((headers) => JSON.stringify(headers)));
		// a redirect has no body, and one of a page that was left is gone
		seen.push(response.text().catch(() => ''));
	});
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByText('Is anybody listening in?').click();
	await page.getByRole('textbox', { name: 'Text' }).fill('Only the two of us');
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(page.getByRole('log').getByText('Delivered', { exact: true })).toBeVisible();

	// what is asked for from now on would be cut off by the end
	page.removeAllListeners();
	const all = (await Promise.all(seen)).join('\n');
	expect(all).toContain(env.SUPABASE_PUBLISHABLE_KEY);
	expect(all).not.toContain(env.SUPABASE_SECRET_KEY);
	await context.close();
});
