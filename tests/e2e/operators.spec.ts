import { expect, test } from '@playwright/test';
import { Secret } from 'otpauth';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToReadWell } from '../support/looks.ts';
import {
	codeOf,
	createOperator,
	formerCode,
	inviteOperator,
	operatorPassword,
	places,
	post
} from '../support/operators.ts';

test('R6.7 an operator is set up by a link, signs in with a code, and finds an organization', async ({ browser }) => {
	const { organization, number } = await team();
	const { name, token, secret } = await inviteOperator(sql, 'operator');
	const context = await browser.newContext({ baseURL: env.APP_URL });
	const page = await context.newPage();
	const heard = complaints(page);

	await page.goto(`/admin/sign-in?link=${token}`);
	await expect(page.getByRole('heading', { name: 'Set up your sign-in' })).toBeVisible();
	await expect(page.getByRole('img', { name: /secret/ })).toBeVisible();
	expect((await page.locator('code').innerText()).replaceAll(' ', '')).toBe(secret);
	await expectToReadWell(page);
	await page.getByLabel('New password').fill(operatorPassword);
	await page.getByLabel('Code of the app').fill(await formerCode(secret));
	await page.getByRole('button', { name: 'Set up and sign in' }).click();
	await expect(page.getByRole('listitem')).toHaveCount(10);
	// what the database keeps of it is sealed
	const [kept] = await sql<{ totp_secret: string }[]>`select totp_secret from private.operators where name = ${name}`;
	const bytes = Buffer.from(Secret.fromBase32(secret).bytes);
	expect(kept!.totp_secret).toMatch(/^local\./);
	for (const form of [secret, bytes.toString('hex'), bytes.toString('base64url')]) {
		expect(kept!.totp_secret).not.toContain(form.slice(0, 8));
	}
	await page.getByRole('link', { name: 'I have them, open the console' }).click();
	await expect(page.getByRole('heading', { name: 'What is it about?' })).toBeVisible();
	await page.getByRole('button', { name: 'Sign out' }).click();

	// the link was good once
	await page.goto(`/admin/sign-in?link=${token}`);
	await expect(page.getByText('This link was used already')).toBeVisible();

	await page.goto('/admin');
	await expect(page).toHaveURL(/admin\/sign-in$/);
	await expectToReadWell(page);
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(operatorPassword);
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByLabel('Code of your app')).toBeVisible();
	await expectToReadWell(page);
	await page.getByLabel('Code of your app').fill(codeOf(secret));
	await page.getByRole('button', { name: 'Go on' }).click();

	const box = page.getByRole('searchbox');
	for (const words of [organization.slug, organization.id, number.e164]) {
		await box.fill(words);
		await box.press('Enter');
		await expect(page.getByRole('row').filter({ hasText: 'Test team' }).first()).toBeVisible();
	}
	await box.fill(organization.slug);
	await box.press('Enter');
	await page.getByRole('link', { name: 'Test team' }).click();
	await page.getByLabel('Why do you look at it?').fill('Case 4471, texts are late');
	await page.getByRole('button', { name: 'Look at it' }).click();
	await expect(page.getByText('Glass box.')).toBeVisible();
	await expect(page.getByText('“Case 4471, texts are late”')).toBeVisible();
	await expect(page.getByRole('heading', { name: 'Test team' })).toBeVisible();
	expect(heard).toEqual([]);
	await context.close();
});

test('R6.7 a wrong password, an unknown name and a foreign address are refused in the same words, after about the same time', async ({
	browser
}) => {
	const { operator, context } = await createOperator(browser, sql, 'support');
	await sql`update private.operators set allowed_from = '{198.51.100.0/24}' where name = ${operator.name}`;
	const stranger = await browser.newContext({ baseURL: env.APP_URL });
	const told: string[] = [];
	const took: number[] = [];
	for (const [name, password] of [
		[operator.name, 'not the password at all'],
		[operator.name, operatorPassword],
		['nobody.of.this.name', operatorPassword]
	] as const) {
		const began = Date.now();
		const answer = await post(stranger.request, '/admin/sign-in?/password', { name, password });
		took.push(Date.now() - began);
		expect(answer.status()).toBe(401);
		told.push((await answer.text()).replaceAll(/value="[^"]*"|nonce[^\s>]*/g, ''));
	}
	expect(told[0]).toContain('Name and password do not belong together.');
	expect(new Set(told.map((page) => /<form[\s\S]*<\/form>/.exec(page)?.[0])).size).toBe(1);
	// all wait for the same moment: none is told apart by being quick
	expect(Math.min(...took)).toBeGreaterThanOrEqual(600);
	// and one that was shut out by an address has no session any more
	expect((await context.request.get('/admin/log', { maxRedirects: 0 })).status()).toBe(303);
	await Promise.all([context.close(), stranger.close()]);
});

test('R6.7 guessing passwords and codes gets slower, and five wrong codes end the sign-in', async ({ browser }) => {
	const { operator, context } = await createOperator(browser, sql, 'support');
	const attacker = await browser.newContext({ baseURL: env.APP_URL });
	const enter = (password: string) =>
		post(attacker.request, '/admin/sign-in?/password', { name: operator.name, password });
	expect((await enter(operatorPassword)).status()).toBe(303);
	const answers: number[] = [];
	for (let guess = 0; guess < 5; guess++) {
		answers.push((await post(attacker.request, '/admin/sign-in?/code', { code: `00000${guess}` })).status());
	}
	expect(answers).toEqual([401, 401, 401, 401, 401]);
	// the right code comes too late: there is no first step any more
	const late = await post(attacker.request, '/admin/sign-in?/code', { code: codeOf(operator.secret) });
	expect(late.headers().location).toBe('/admin/sign-in');
	expect((await attacker.request.get('/admin/log', { maxRedirects: 0 })).status()).toBe(303);

	const statuses: number[] = [];
	for (let guess = 0; guess < 7; guess++) statuses.push((await enter(`wrong password ${guess}`)).status());
	expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
	expect(statuses).toContain(429);
	// also the right one waits then
	expect((await enter(operatorPassword)).status()).toBe(429);
	await Promise.all([context.close(), attacker.close()]);
});

test('R6.7 a code counts once, a recovery code too, and a session has a new id after each step', async ({
	browser
}) => {
	const { operator, context } = await createOperator(browser, sql, 'support');
	await context.close();
	const enter = async (code: string, planted?: string) => {
		const visit = await browser.newContext({ baseURL: env.APP_URL });
		if (planted) await visit.addCookies([{ name: 'operator', value: planted, domain: '127.0.0.1', path: '/admin' }]);
		const id = async () => (await visit.cookies(`${env.APP_URL}/admin`)).find(({ name }) => name === 'operator')?.value;
		await post(visit.request, '/admin/sign-in?/password', { name: operator.name, password: operatorPassword });
		const half = await id();
		// half a sign-in opens nothing
		expect((await visit.request.get('/admin/log', { maxRedirects: 0 })).status()).toBe(303);
		const answer = await post(visit.request, '/admin/sign-in?/code', { code });
		const whole = await id();
		const opened = (await visit.request.get('/admin/log', { maxRedirects: 0 })).status() === 200;
		return { status: answer.status(), half, whole, opened, visit };
	};

	const code = codeOf(operator.secret);
	const first = await enter(code, 'x'.repeat(40));
	expect([first.status, first.opened]).toEqual([303, true]);
	// what somebody planted is never anybody's session, and the id of the first step is over with the second
	expect(new Set(['x'.repeat(40), first.half, first.whole]).size).toBe(3);
	const thief = await browser.newContext({ baseURL: env.APP_URL });
	await thief.addCookies([{ name: 'operator', value: first.half!, domain: '127.0.0.1', path: '/admin' }]);
	expect((await thief.request.get('/admin/log', { maxRedirects: 0 })).status()).toBe(303);

	const again = await enter(code);
	expect([again.status, again.opened]).toEqual([401, false]);
	const recovered = await enter(operator.recovery[0]!.toUpperCase());
	expect([recovered.status, recovered.opened]).toEqual([303, true]);
	const twice = await enter(operator.recovery[0]!);
	expect([twice.status, twice.opened]).toEqual([401, false]);

	// what the database keeps of a session and of codes is their hash, and what they are stands nowhere
	const left = operator.recovery[1]!.replace('-', '');
	for (const [table, secret] of [
		['operator_sessions', first.whole!],
		['operator_recovery_codes', left]
	] as const) {
		const [kept] = await sql<{ hashes: number; bare: number }[]>`
			select count(*) filter (where t.hash = sha256(convert_to(${secret}, 'UTF8')))::int as hashes,
				count(*) filter (where to_jsonb(t)::text like any (array[
					'%' || ${secret.slice(0, 8)} || '%', '%' || encode(convert_to(${secret.slice(0, 8)}, 'UTF8'), 'hex') || '%']))::int as bare
			from ${sql(`private.${table}`)} t`;
		expect(kept, table).toEqual({ hashes: 1, bare: 0 });
	}
	for (const { visit } of [first, again, recovered, twice]) await visit.close();
	await thief.close();
});

test('R6.7 forms of other sites are refused, and a session ends idle, after its hours, and with its operator', async ({
	browser
}) => {
	const { operator, context } = await createOperator(browser, sql, 'administrator');
	const opens = async () => (await context.request.get('/admin/log', { maxRedirects: 0 })).status();
	for (const action of ['leave', 'password', 'code', 'set_up']) {
		const answer = await post(
			context.request,
			`/admin/sign-in?/${action}`,
			{},
			{ origin: 'https://elsewhere.example' }
		);
		expect(answer.status(), action).toBe(403);
	}
	expect(await opens()).toBe(200);
	const [cookie] = (await context.cookies(`${env.APP_URL}/admin`)).filter(({ name }) => name === 'operator');
	expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/admin' });

	const mine = sql`operator_id = (select id from private.operators where name = ${operator.name})`;
	await sql`update private.operator_sessions set seen_at = now() - interval '31 minutes' where ${mine}`;
	expect(await opens()).toBe(303);
	await sql`update private.operator_sessions set seen_at = now(), created_at = now() - interval '12 hours' where ${mine}`;
	expect(await opens()).toBe(303);
	await sql`update private.operator_sessions set created_at = now() where ${mine}`;
	expect(await opens()).toBe(200);
	await sql`update private.operators set disabled_at = now() where name = ${operator.name}`;
	expect(await opens()).toBe(303);
	await context.close();
});

test('R6.7 no tenant’s session opens the console, and no operator’s opens a tenant’s page', async ({ browser }) => {
	const { owner, organization } = await team();
	const tenant = await signIn(browser, owner);
	for (const path of places(organization.id, owner.userId)) {
		for (const address of [path, path.replace(/(\?.*)?$/, '/__data.json$1')]) {
			const answer = await tenant.context.request.get(address, {
				maxRedirects: 0,
				headers: { authorization: `Bearer ${owner.accessToken}` }
			});
			const text = await answer.text();
			expect(answer.status() === 303 || text.includes('"redirect"') || answer.status() === 404, address).toBe(true);
			expect(text).not.toContain('Test team');
		}
		for (const action of ['visit', 'unmask', 'hold', 'credit', 'override', 'verify', 'invite', 'disable']) {
			const answer = await post(tenant.context.request, `${path.split('?')[0]}?/${action}`, { reason: 'I own it' });
			expect(answer.headers().location, `${path} ${action}`).toBe('/admin/sign-in');
		}
	}
	await tenant.context.close();

	const { context } = await createOperator(browser, sql, 'administrator');
	const [cookie] = await context.cookies(`${env.APP_URL}/admin`);
	// also where somebody sends it by hand
	await context.addCookies([{ ...cookie!, path: '/' }]);
	for (const path of ['inbox', 'contacts', 'settings/organization', 'settings/billing']) {
		const answer = await context.request.get(`/${organization.slug}/${path}`, { maxRedirects: 0 });
		expect([answer.status(), answer.headers().location?.split('?')[0]]).toEqual([303, '/sign-in']);
	}
	expect((await context.request.get('/session/token', { maxRedirects: 0 })).status()).toBe(401);
	await context.close();
});
