import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { Webhook } from 'standardwebhooks';
import { sql, signIn, team } from '../support/browsers.ts';

test('R7.1 somebody adds an address, sees its secret once, and from then on what is sent there and what was answered', async ({
	browser
}) => {
	const told: { body: string; headers: Record<string, string> }[] = [];
	let status = 204;
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (part: Buffer) => (body += part.toString()));
		request.on('end', () => {
			told.push({ body, headers: request.headers as Record<string, string> });
			response.writeHead(status).end(status === 204 ? undefined : 'The booking system rests');
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/texts`;
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	const settings = `/${organization.slug}/settings/webhooks`;
	const list = page.getByRole('region', { name: 'What was sent' });

	await page.goto(settings);
	await page.getByRole('textbox', { name: 'Address' }).fill('https://somebody:secret@hooks.example/');
	await page.getByRole('button', { name: 'Add the address' }).click();
	await expect(page.getByText('An address begins with https:// and holds no password.')).toBeVisible();
	await page.getByRole('textbox', { name: 'Address' }).fill(url);
	await page.getByRole('button', { name: 'Add the address' }).click();
	const secret = await page.getByRole('group', { name: 'The secret of this webhook' }).locator('code').innerText();
	expect(secret).toMatch(/^whsec_/);
	await page.getByRole('link', { name: 'Send a test to it' }).click();
	await page.getByRole('button', { name: 'Send a test' }).click();
	await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
	new Webhook(secret).verify(told[0]!.body, told[0]!.headers);
	await expect(page.getByText(secret)).toHaveCount(0);

	status = 500;
	await handset.text(number.e164, 'Is the blue door open?');
	await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(1);
	await expect(async () => {
		await page.reload();
		await expect(list.getByText('Waits since attempt')).toBeVisible({ timeout: 500 });
	}).toPass({ timeout: 20_000 });
	await list.getByRole('link', { name: 'message.received' }).click();
	await expect(list.getByText('The booking system rests').first()).toBeVisible();
	await expect(list.getByText('Is the blue door open?')).toBeVisible();
	await expect(list.getByText('The answer was not 2xx. It was 500.').first()).toBeVisible();

	// as after three days, and without scripts
	await sql`update public.webhook_deliveries set status = 'parked' where organization_id = ${organization.id} and status = 'waiting'`;
	await sql`update public.webhook_endpoints set blocked_until = null where organization_id = ${organization.id}`;
	status = 204;
	const plain = await browser.newContext({ ...{ baseURL: new URL(page.url()).origin, javaScriptEnabled: false } });
	await plain.addCookies(await context.cookies());
	const bare = await plain.newPage();
	await bare.goto(page.url());
	await bare.getByRole('button', { name: 'Send again' }).first().click();
	await expect(bare.getByText('It is sent again, under the same webhook-id.')).toBeVisible();
	await expect(async () => {
		await bare.goto(`${new URL(page.url()).pathname}?status=delivered`);
		await expect(bare.getByRole('link', { name: 'message.received' })).toBeVisible({ timeout: 500 });
	}).toPass({ timeout: 20_000 });
	const ids = told.filter(({ body }) => body.includes('blue door')).map(({ headers }) => headers['webhook-id']);
	expect(new Set(ids).size).toBe(1);

	await bare.getByRole('button', { name: 'Switch off' }).click();
	await expect(bare.getByText('It is switched off: nothing is told there')).toBeVisible();
	await bare.getByText('Delete', { exact: true }).click();
	await bare.getByRole('button', { name: 'Delete it with its log' }).click();
	await expect(bare.getByText('None yet.')).toBeVisible();
	server.close();
	await Promise.all([plain.close(), context.close()]);
});
