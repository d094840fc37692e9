import { randomInt, randomUUID } from 'node:crypto';
import { expect, test, type Page } from '@playwright/test';
import { ownedAtCarrier } from '../functions/buying.ts';
import { alive, env, handset, signIn, sql } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { rpc } from '../support/rpc.ts';
import { enterPassword } from './entering.ts';
import { askTopUp, cards, eventually, pay, wallet } from './paying.ts';

/** What others do (the carrier, the worker, the network) may take this long on a machine that has much to do. */
const patience = { timeout: 30_000 };
/** Within a page that is opened again until it says so. */
const soon = { timeout: 1_000 };

/** Waits for a page that a link or a form leads to, and for its scripts. */
async function arrive(page: Page, path: RegExp): Promise<void> {
	await page.waitForURL(({ pathname }) => path.test(pathname), patience);
	await alive(page);
}

/** The amount that stands beside a name in a list of costs. */
const amount = (page: Page, name: string) => page.locator('dl > div').filter({ hasText: name }).locator('dd');

/** An order of this number comes to no end before it is let go: who ends it waits here for who might have taken the number. */
async function hold(e164: string, organizationId: string) {
	const held = await sql.reserve();
	await held`begin`;
	await held`insert into public.phone_numbers (organization_id, e164, label, country_code) values (${organizationId}, ${e164}, 'Held', 'US')`;
	return async () => {
		await held`rollback`;
		held.release();
	};
}

test('R4.1 R4.2 R4.3 R4.4 R4.5 R4.6 R4.7 from a top-up to a number, its texts, its renewal and its end, every cent accounted for', async ({
	browser
}) => {
	test.setTimeout(180_000);
	const owner = await createPerson(sql, env);
	const colleague = await createPerson(sql, env);
	const members = [{ person: colleague, role: 'member' as const }];
	const { id, slug } = await createOrganization(sql, { owner, members, plan: null });
	const guest = handset();
	const { page, context } = await signIn(browser, owner);

	await test.step('the wallet is topped up by card', async () => {
		const path = `/${slug}/settings/billing`;
		await page.goto(path);
		await askTopUp(page, '$20');
		await pay(page, cards.pays);
		await arrive(page, /\/settings\/billing$/);
		await eventually(page, path, () => expect(wallet(page).locator('.figure')).toContainText('$20.00', soon));
	});

	await test.step('a number is searched for, with its price before any click', async () => {
		await page.goto(`/${slug}/numbers`);
		await page.getByRole('navigation', { name: 'Numbers', exact: true }).getByText('Find a number').click();
		await arrive(page, /\/numbers\/buy$/);
		const search = page.getByRole('search', { name: 'Numbers' });
		// others look for others
		await search.getByLabel('Contains').fill(`*${randomInt(200, 1000)}`);
		await search.getByLabel('Area code or place').fill('415');
		await search.getByRole('button', { name: 'Search' }).click();
		await page.waitForURL(/contains=/, patience);
		const first = page
			.getByRole('table', { name: /^Can be had today/ })
			.getByRole('row')
			.nth(1);
		await expect(first).toContainText('San Francisco');
		await expect(first).toContainText('$1.15');
		await first.getByRole('link').first().click();
		await arrive(page, /\/numbers\/buy\/[^/]+$/);
	});
	const offer = page.url();
	const e164 = decodeURIComponent(new URL(offer).pathname.split('/').at(-1)!);

	await test.step('its page says all that it costs and cannot do', async () => {
		expect(e164).toMatch(/^\+1415\d{7}$/);
		await expect(amount(page, 'Each month')).toHaveText('$1.15');
		await expect(amount(page, 'Wallet afterwards')).toHaveText('$18.85');
		await expect(page.getByText(/A2P 10DLC/)).toBeVisible();
	});

	await test.step('a member without the capability sees the price and buys neither by page nor by verb', async () => {
		const theirs = await signIn(browser, colleague);
		await theirs.page.goto(offer);
		await expect(amount(theirs.page, 'Each month')).toHaveText('$1.15');
		await expect(theirs.page.getByText('Your role here sees prices. Owners and admins buy numbers.')).toBeVisible();
		await expect(theirs.page.getByRole('button', { name: /^Buy/ })).toHaveCount(0);
		const sent = await theirs.context.request.post(offer, {
			form: { total_micros: '1150000', key: randomUUID() },
			headers: { origin: new URL(env.APP_URL).origin, accept: 'text/html' }
		});
		expect(sent.status()).toBe(403);
		expect(await sent.text()).toContain('Your role here does not allow this. Nothing was changed.');
		const wish = { organization_id: id, e164, total_micros: 1_150_000, idempotency_key: randomUUID() };
		await expect(rpc(colleague, 'order_number', wish)).rejects.toThrow('not_allowed');
		await theirs.context.close();
	});

	await test.step('it is bought with a fresh password, and the page follows until it is active', async () => {
		await sql`
			update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
		const letGo = await hold(e164, colleague.organizationId);
		const order = page.getByRole('complementary', { name: 'Order' });
		try {
			await page.getByLabel('Call it').fill('Guest desk');
			await page.getByRole('button', { name: 'Buy for $1.15' }).click();
			await enterPassword(page, 'Go on');
			await arrive(page, /\/numbers\/orders\/[^/]+$/);
			await expect(page.getByRole('heading', { name: /^Buying/ })).toBeVisible();
			await expect(order).toContainText('Held now');
		} finally {
			await letGo();
		}
		await expect(page.getByRole('heading', { name: /^Bought/ })).toBeVisible(patience);
		await expect(page.getByRole('listitem').filter({ hasText: 'Number active, $1.15 paid' })).toBeVisible();
		await expect(order).toContainText('$18.85', patience);
	});

	const thread = page.getByRole('log', { name: 'Messages' });
	await test.step('texts go out from it and come in to it', async () => {
		await page.getByRole('link', { name: 'Write a text' }).click();
		await arrive(page, /\/inbox\/new$/);
		await page.getByLabel('To', { exact: true }).fill(guest.e164);
		await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Your room is ready.');
		await page.getByRole('button', { name: 'Send', exact: true }).click();
		await arrive(page, /\/inbox\/[0-9a-f-]{36}$/);
		await expect.poll(guest.texts, patience).toMatchObject([{ from: e164, body: 'Your room is ready.' }]);
		await guest.text(e164, 'Which door?');
		await expect(thread.getByText('Which door?')).toBeVisible(patience);
		const composer = page.getByRole('form', { name: 'Write a text' });
		await composer.getByRole('textbox', { name: 'Text', exact: true }).fill('The blue one.');
		await composer.getByRole('button', { name: 'Send', exact: true }).click();
		await expect.poll(guest.received, patience).toEqual(['Your room is ready.', 'The blue one.']);
	});
	const conversation = page.url();

	const row = page.getByRole('list', { name: 'Your numbers' }).getByRole('link');
	await test.step('its page counts them', async () => {
		await eventually(page, `/${slug}/numbers`, () => expect(row).toContainText('1 in, 2 out in 30 days', soon));
		await expect(row).toContainText('$1.15 a month');
		await row.click();
		await arrive(page, /\/numbers\/[0-9a-f-]{36}$/);
		await expect(page.getByRole('heading', { name: 'Guest desk' })).toBeVisible();
		// of today, the month, 30 days and the 30 before: the third, whatever the clock says
		const figure = (name: RegExp) => page.getByRole('row', { name }).getByRole('cell').nth(2);
		await expect(figure(/^Texts in/)).toHaveText('1');
		await expect(figure(/^Texts out/)).toHaveText('2');
		await eventually(page, page.url(), () => expect(figure(/^Arrived/)).toHaveText('100%', soon));
		await expect(page.getByRole('img', { name: /^Texts by day/ }).locator('canvas')).toBeVisible(patience);
		await page.getByText('Show as a table').click();
		await expect(page.getByRole('table', { name: 'Texts by day' })).toBeVisible();
	});
	const mine = page.url();

	await test.step('when its month is over the worker renews it', async () => {
		const renewal = page.getByRole('region', { name: 'Renewal' });
		const before = await renewal.getByText(/^Renews on/).innerText();
		// as if it had been bought forty days ago: for everybody else the clock stays where it is
		await sql`
			update public.phone_numbers
			set months_from = months_from - interval '40 days', renews_at = renews_at - interval '40 days' where e164 = ${e164}`;
		await eventually(page, mine, async () => {
			// what otherwise happens every minute
			await sql`select private.schedule_renewals()`;
			await expect(page.getByRole('listitem').filter({ hasText: 'Renewed, paid until' })).toHaveCount(1, soon);
		});
		await expect(renewal.getByText(/^Renews on/)).not.toHaveText(before);
		await renewal.getByRole('button', { name: 'Stop renewing by itself' }).click();
		await expect(renewal.getByText(/^Paid until/)).toBeVisible();
		await page.getByLabel('Label', { exact: true }).fill('Night desk');
		await page.getByRole('button', { name: 'Save' }).click();
		await expect(page.getByRole('heading', { name: 'Night desk' })).toBeVisible();
		for (const width of [390, 1440]) {
			await page.setViewportSize({ width, height: 900 });
			await expectToReadWell(page);
		}
	});

	await test.step('its digits cancel it, and the carrier has it back; its texts can be read', async () => {
		expect(await ownedAtCarrier(env, e164)).toHaveLength(1);
		const cancelling = page.getByRole('region', { name: 'Cancel' });
		await cancelling.getByLabel('Now').check();
		await cancelling.getByLabel(/^Type/).fill('+1 415 555 0100');
		await cancelling.getByRole('button').click();
		await expect(cancelling.getByText('This is not the number that would be cancelled.')).toBeVisible();
		await cancelling.getByLabel(/^Type/).fill(e164);
		await cancelling.getByRole('button').click();
		await expect(page.getByText('Given back. Its conversations can be read.')).toBeVisible();
		await expect.poll(() => ownedAtCarrier(env, e164), patience).toEqual([]);
		await page.goto(`/${slug}/numbers`);
		await expect(page.getByRole('region', { name: 'Given back' })).toContainText('Night desk');
		await page.goto(conversation);
		await expect(thread.getByText('Which door?')).toBeVisible();
	});

	await test.step('the statement says where the money went', async () => {
		await page.goto(`/${slug}/settings/statement`);
		const line = (name: RegExp) => page.getByRole('row', { name });
		await expect(line(/^Top-ups/)).toContainText('+$20.00');
		await expect(line(/^Numbers bought 1 number/)).toContainText('$1.15');
		await expect(line(/^Renewals of numbers 1 renewal/)).toContainText('$1.15');
	});
	await context.close();
});
