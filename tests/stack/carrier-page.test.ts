import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from '@playwright/test';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findShell } from '../support/browser.ts';
import { startCarrier, startCustomer, temporaryFolder } from '../support/carrier.ts';

const number = '+14155550142';
const handset = '+12065550171';
let browser: Browser;

beforeAll(async () => {
	browser = await chromium.launch({ executablePath: findShell(), args: ['--no-sandbox'] });
}, 300_000);
afterAll(() => browser?.close());

/** The page, and what its console complained of. */
async function open(url: string, options: Parameters<Browser['newContext']>[0] = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const complaints: string[] = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
	await page.goto(url);
	return { page, complaints };
}

const live = (page: Page) => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });

test('a person invents a handset, texts the number and reads the answer; markup stays text', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	const owned = { phoneNumber: number, friendlyName: 'Guest desk', smsUrl: customer.url };
	await carrier.client.incomingPhoneNumbers.create(owned);
	const { page, complaints } = await open(carrier.url);
	const texts = page.getByRole('log');

	await page.getByRole('button', { name: 'New' }).click();
	await page.getByLabel('Text', { exact: true }).fill('<b onclick="alert(1)">Is</b> the gate open?');
	await page.keyboard.press('Control+Enter');
	await texts.getByText('<b onclick="alert(1)">Is</b> the gate open?').waitFor();
	await texts.getByText('to Guest desk').waitFor();
	await texts.getByText('Delivered').waitFor();
	const { From } = customer.hooks[0]!.parameters;
	expect(new URL(page.url()).searchParams.getAll('handset')).toEqual([From]);

	await carrier.client.messages.create({ to: From!, from: number, body: 'Until <i>eleven</i>.' });
	await texts.getByText('Until <i>eleven</i>.').waitFor();
	expect(await texts.locator('b, i').count()).toBe(0);

	await page.getByLabel('To', { exact: true }).fill('+1 415');
	await page.getByLabel('Text', { exact: true }).fill('Kept');
	await page.getByRole('button', { name: 'Send' }).click();
	await page.getByText(/digits short/).waitFor();
	expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('Kept');
	expect(complaints.filter((line) => !line.includes('422'))).toEqual([]);
});

test('a person decides how texts to a handset end', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const { page } = await open(`${carrier.url}/?handset=${encodeURIComponent(handset)}`);
	await page.getByLabel('Texts to it').selectOption({ label: 'do not arrive: phone off, 30003' });
	const outcome = () => carrier.get(`/handsets/${handset}`);
	await expect.poll(outcome).toMatchObject({ outcome: { status: 'undelivered', code: 30003 } });
	const { sid } = await carrier.client.messages.create({ to: handset, from: number, body: 'Hi' });
	await expect.poll(async () => (await carrier.client.messages(sid).fetch()).errorCode).toBe(30003);
});

test('a person gives the carrier a bad day for one number, and ends it', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, friendlyName: 'Guest desk' });
	const { page, complaints } = await open(carrier.url);
	await live(page);
	await page.getByLabel('Have a bad day').selectOption({ label: 'No webhook ever arrives' });
	await page.getByLabel('For').selectOption({ label: `${number} Guest desk` });
	await page.getByLabel('Seed').fill('42');
	await page.getByRole('button', { name: 'Begin' }).click();
	await page.getByText(`deaf-webhooks, seed 42, ${number}`).waitFor();
	expect(await carrier.get('/scenarios')).toMatchObject({
		active: [{ name: 'deaf-webhooks', seed: '42', numbers: [number] }]
	});
	await page.reload();
	await page.getByText(`deaf-webhooks, seed 42, ${number}`).waitFor();
	await page.getByRole('button', { name: 'End', exact: true }).click();
	await page.getByText('As usual: everything arrives.').waitFor();
	expect(await carrier.get('/scenarios')).toMatchObject({ active: [] });
	expect(complaints).toEqual([]);
});

test('the page heals by itself when the carrier comes back', async () => {
	const folder = temporaryFolder();
	const first = await startCarrier({ folder });
	await first.client.incomingPhoneNumbers.create({ phoneNumber: number });
	await first.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Before' });
	const { page } = await open(`${first.url}/?handset=${encodeURIComponent(handset)}`);
	await live(page);
	await first.stop();
	await page.getByText('Reconnecting').waitFor();

	const second = await startCarrier({ folder, port: Number(new URL(first.url).port) });
	await second.client.messages.create({ to: handset, from: number, body: 'After' });
	await page.getByRole('log').getByText('After').waitFor();
	await live(page);
	expect(await page.getByRole('log').locator('.bubble').allTextContents()).toEqual(['Before', 'After']);
	await second.stop();
	rmSync(folder, { recursive: true });
});

test.for([
	[360, 'dark'],
	[1280, 'light']
] as const)('at %d px, %s, nothing overflows and axe finds nothing', async ([width, colorScheme]) => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const body = `${'https://example.com/'.repeat(8)} STOP`;
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	const { page, complaints } = await open(carrier.url, { viewport: { width, height: 740 }, colorScheme });
	const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	expect(await overflow()).toBe(0);
	await page.getByRole('link', { name: '206 555 0171' }).click();
	await page.getByRole('log').getByText('Delivered').waitFor();
	expect(await overflow()).toBe(0);
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
	expect(complaints).toEqual([]);
});
