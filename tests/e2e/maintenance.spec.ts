/** What is said to everybody, and a platform that rests: on a stack of its own, since every other test would hear of it. */
import { expect, test } from '@playwright/test';
import { failures } from '../../supabase/functions/_shared/core/failures.ts';
import { signIn, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';
import { testPassword } from '../support/people.ts';
import { startStack } from '../support/stack.ts';

const { says } = failures.maintenance;
const minutes = 20;

test('R6.7 people read what is announced, and while the platform rests they read everything, change nothing and sign in', async ({
	browser
}) => {
	test.setTimeout(150_000);
	await using stack = Object.assign(await startStack({ app: 'preview' }), {
		async [Symbol.asyncDispose]() {
			await stack.stop();
		}
	});
	const { env, sql } = stack;
	const baseURL = env.APP_URL;
	const { owner, colleague, organization, number, handset } = await team(stack);
	const { page, context } = await signIn(browser, owner, { baseURL });

	await sql`delete from private.health_checks`;
	await sql`delete from private.health_days`;
	await page.goto('/status');
	await expect(page.getByText('Measuring has just begun.')).toBeVisible();
	await expectToReadWell(page);

	await sql`
		insert into private.announcements (level, says, is_public, starts_at, ends_at)
		select level, said, false, now() - place * interval '1 minute', now() + interval '1 day'
		from (values ('info', 'On Sunday we move house.', 3), ('warning', 'Texts to Ukraine take longer today.', 2),
			('incident', 'Pictures do not arrive at the moment.', 1)) as a (level, said, place)`;
	await page.goto(`/${organization.slug}/numbers`);
	const said = page.getByRole('region', { name: 'Announcements' }).locator('[data-level]');
	await expect(said).toHaveText([
		/On Sunday we move house\. Until /,
		/Something to mind\. Texts to Ukraine take longer today\. Until /,
		/Something is broken\. Pictures do not arrive at the moment\. Until /
	]);
	const looks = await said.evaluateAll((all) =>
		all.map((one) => `${getComputedStyle(one).backgroundColor} ${one.querySelector('svg')?.innerHTML}`)
	);
	expect(new Set(looks).size).toBe(3);
	for (const width of [1440, 360]) {
		await page.setViewportSize({ width, height: 800 });
		await expectToReadWell(page);
	}

	await handset.text(number.e164, 'Is the lift working?');
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText('Is the lift working?').click();
	await sql`
		insert into private.maintenance (says, ends_at) values ('We change a disk.', now() + make_interval(mins => ${minutes}))`;
	await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Since Monday.');
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(page.getByText(says)).toBeVisible();
	await page.reload();
	await expect(said.last()).toHaveText(/Read only for now\. We change a disk\. Until /);
	await expect(page.getByRole('log', { name: 'Messages' })).toContainText('Is the lift working?');
	expect(await sql`select from public.messages where body = 'Since Monday.'`).toHaveLength(0);

	// at the pages' doors
	const stranger = await browser.newContext({ baseURL });
	const fill = (path: string, form: Record<string, string>, who = stranger) =>
		who.request.post(path, { form, headers: { origin: baseURL, accept: 'text/html' }, maxRedirects: 0 });
	const draft = {
		email: `zora@${crypto.randomUUID()}.example`,
		username: `z${Date.now()}`,
		password: 'seven grey herons under a bridge'
	};
	for (const refused of [
		await fill('/sign-up', draft),
		await fill('/forgot-password', { email: owner.email }),
		await fill('/reset-password', { token: 'made up', password: draft.password }),
		await fill(
			`/${organization.slug}/settings/security/password`,
			{ current_password: testPassword, password: draft.password },
			context
		)
	]) {
		expect([refused.url(), refused.status()]).toEqual([refused.url(), 503]);
		expect(await refused.text()).toContain(says);
		expect(Number(refused.headers()['retry-after'])).toBeGreaterThan((minutes - 3) * 60);
	}
	const late = await signIn(browser, colleague, { baseURL });
	await late.page.goto(`/${organization.slug}/inbox`);
	await expect(late.page.getByText('Is the lift working?').first()).toBeVisible();

	// and at those behind them
	const ask = (path: string, data: object, method = 'POST') =>
		context.request.fetch(env.SUPABASE_URL + path, {
			method,
			data,
			headers: {
				apikey: env.SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${owner.accessToken}`,
				'content-profile': 'api'
			}
		});
	const written = await ask('/rest/v1/rpc/create_label', { organization_id: organization.id, name: 'Urgent' });
	expect([written.status(), await written.json()]).toMatchObject([503, { code: 'PT503', message: 'maintenance' }]);
	const found = await ask('/rest/v1/rpc/search_messages', { organization_id: organization.id, query: 'lift' });
	expect([found.status(), await found.text()]).toMatchObject([200, expect.stringContaining('Is the lift working?')]);
	const sent = await ask('/functions/v1/api/v1/messages', {
		...{ organization_id: organization.id, from: number.e164, to: handset.e164, body: 'Hello' }
	});
	expect([sent.status(), await sent.json()]).toMatchObject([503, { code: 'maintenance' }]);
	expect(Number(sent.headers()['retry-after'])).toBeGreaterThan((minutes - 3) * 60);
	expect((await ask('/auth/v1/signup', { email: draft.email, password: draft.password, data: draft })).ok()).toBe(
		false
	);
	expect((await ask('/auth/v1/user', { password: draft.password, current_password: testPassword }, 'PUT')).ok()).toBe(
		false
	);
	const picture = `/storage/v1/object/avatars/${owner.userId}/${crypto.randomUUID()}`;
	expect(await (await ask(picture, {})).json()).toMatchObject({ message: 'maintenance' });
	const kept = await sql`select from auth.users where email = ${draft.email}`;
	expect(kept).toHaveLength(0);

	await sql`delete from private.maintenance`;
	expect((await fill('/sign-up', draft)).status()).toBe(303);
	for (const each of [context, late.context, stranger]) await each.close();
});
