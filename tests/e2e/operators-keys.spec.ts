import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test, type Browser } from '@playwright/test';
import { startApp } from '../support/apps.ts';
import { env, sql } from '../support/browsers.ts';
import { codeOf, createOperator, operatorPassword, type TestOperator } from '../support/operators.ts';

/** Signs in at an app; answers the heading of the page where that ends. */
async function signInAt(browser: Browser, url: string, { name, secret }: TestOperator, steps: number): Promise<string> {
	const context = await browser.newContext({ baseURL: url });
	const page = await context.newPage();
	await page.goto('/admin');
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(operatorPassword);
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.getByLabel('Code of your app').fill(codeOf(secret, steps));
	await page.getByRole('button', { name: 'Go on' }).click();
	const heading = await page.getByRole('heading', { level: 1 }).innerText();
	await context.close();
	return heading;
}

test('R6.7 the key that seals operators’ secrets is changed while they go on signing in', async ({ browser }) => {
	const { operator, context } = await createOperator(browser, sql, 'support');
	await context.close();
	const sealedBy = async () => {
		const [row] = await sql<{ key: string }[]>`
			select split_part(totp_secret, '.', 1) as key from private.operators where name = ${operator.name}`;
		return row?.key;
	};
	const counted = async () => {
		const command = ['stack/operator.ts', 'keys'];
		const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } });
		return new Map(
			stdout
				.trim()
				.split('\n')
				.map((line) => line.split('\t') as [string, string])
		);
	};
	expect(await sealedBy()).toBe('local');
	const name = `next${randomBytes(3).toString('hex')}`;
	const next = `${name}:${randomBytes(32).toString('base64url')}`;

	{
		// the new key in front, the old one behind it
		await using app = await startApp(env, { OPERATORS_KEYS: `${next},${env.OPERATORS_KEYS}` });
		expect(await signInAt(browser, app.url, operator, 0)).toBe('What is it about?');
	}
	expect(await sealedBy()).toBe(name);
	expect((await counted()).get(name)).toBe('1');

	// the old one is gone; a code counts once, so this is the next one
	await using app = await startApp(env, { OPERATORS_KEYS: next });
	expect(await signInAt(browser, app.url, operator, 1)).toBe('What is it about?');
	expect(await sealedBy()).toBe(name);
});
