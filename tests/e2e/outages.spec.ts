/** The wire goes, the socket goes, the server goes: whoever keeps the page open has everything afterwards, once. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test, type Page } from '@playwright/test';
import { env, handset, signIn, sql, team } from '../support/browsers.ts';
import { startStack } from '../support/stack.ts';

const list = (page: Page) => page.getByRole('navigation', { name: 'Conversations' });
const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true });
const pill = (page: Page, says: RegExp) => page.getByText(says).first();

/** Opens the inbox and in it the conversation that ends with this text. */
async function open(page: Page, { slug }: { slug: string }, text: string) {
	await page.goto(`/${slug}/inbox`);
	await list(page).getByText(text).click();
	await expect(thread(page).getByText(text)).toBeVisible();
	// nobody reloads in these tests: a mark in the page's memory is gone if anything did
	await page.evaluate(() => Object.assign(window, { neverReloaded: true }));
}
const unreloaded = (page: Page) => page.evaluate(() => 'neverReloaded' in window);

async function write(page: Page, text: string) {
	await composer(page).fill(text);
	await composer(page).press('Control+Enter');
	await expect(thread(page).getByText(text, { exact: true })).toBeVisible();
}

/** The whole thread as it is drawn, from its end up to its beginning: each text by its seq, doubles with a mark. */
const read = (page: Page) =>
	thread(page).evaluate(async (log) => {
		const found = new Map<number, string>();
		log.scrollTop = log.scrollHeight;
		for (let step = 0; step < 60 && !found.has(1); step++) {
			for (let frame = 0; frame < 4; frame++) await new Promise((done) => requestAnimationFrame(done));
			const seqs = new Set<number>();
			for (const text of log.querySelectorAll<HTMLElement>('[data-seq]')) {
				const seq = Number(text.dataset.seq);
				found.set(seq, `${text.querySelector('p')?.textContent.trim()}${seqs.has(seq) ? ', drawn twice' : ''}`);
				seqs.add(seq);
			}
			log.scrollTop -= 0.7 * log.clientHeight;
		}
		return [...found].sort(([a], [b]) => a - b).map(([, body]) => body);
	});

test('R2.6 R3.2 R3.4 thirty seconds offline in the middle of a storm: the page says so, and afterwards has every text once, in order', async ({
	browser
}) => {
	test.setTimeout(150_000);
	const drops = 75;
	const { owner, colleague, organization, number, handset } = await team();
	await handset.text(number.e164, 'Before the tunnel');
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	// Playwright's tunnel leaves open sockets alone: here they end as well, and stay away until the other side
	const wires = new Set<() => Promise<void>>();
	let inTunnel = false;
	await noor.context.routeWebSocket(/realtime/, (socket) => {
		if (inTunnel) return socket.close();
		const server = socket.connectToServer();
		wires.add(() => Promise.all([socket.close(), server.close()]).then(() => undefined));
	});
	for (const { page } of [noor, maya]) await open(page, organization, 'Before the tunnel');
	await expect(pill(noor.page, /^Synced/)).toBeVisible();

	const storm = (async () => {
		for (let n = 1; n <= drops; n++) {
			await handset.text(number.e164, `Drop ${n}`);
			await pause(450);
		}
	})();
	await expect(thread(noor.page).getByText('Drop 4', { exact: true })).toBeVisible();
	inTunnel = true;
	const begun = Date.now();
	await noor.context.setOffline(true);
	for (const cut of wires) await cut();
	await expect(pill(noor.page, /^Offline since/)).toBeVisible();
	for (const n of [1, 2, 3]) await write(noor.page, `Written in the tunnel ${n}`);
	await pause(30_000 - (Date.now() - begun));

	// at its end there is a network again, but nothing answers yet
	await noor.page.route(`${env.SUPABASE_URL}/rest/**`, (route) => route.abort());
	await noor.context.setOffline(false);
	await expect(pill(noor.page, /^Reconnecting/)).toBeVisible();
	await noor.page.unroute(`${env.SUPABASE_URL}/rest/**`);
	inTunnel = false;
	await expect(pill(noor.page, /^Synced/)).toBeVisible({ timeout: 20_000 });
	await storm;

	const stored = async () =>
		(await sql`select body from public.messages where organization_id = ${organization.id} order by seq`).map(
			({ body }) => String(body)
		);
	await expect.poll(async () => (await stored()).length, { timeout: 20_000 }).toBe(1 + drops + 3);
	for (const { page } of [noor, maya]) {
		await expect.poll(async () => (await read(page)).join('\n'), { timeout: 20_000 }).toBe((await stored()).join('\n'));
		expect(await unreloaded(page)).toBe(true);
	}
	const written = [1, 2, 3].map((n) => `Written in the tunnel ${n}`);
	await expect.poll(() => handset.received(), { timeout: 20_000 }).toEqual(written);
	expect((await stored()).filter((body) => body.startsWith('Drop'))).toEqual(
		Array.from({ length: drops }, (_, n) => `Drop ${n + 1}`)
	);
	for (const { context } of [noor, maya]) await context.close();
});

test('R2.6 R3.1 on a network that leads nowhere the inbox stays: what was picked opens, and what was written leaves, once somebody answers', async ({
	browser
}) => {
	const { owner, organization, number, handset: guest } = await team();
	const stranger = handset();
	await stranger.text(number.e164, 'Do you have a cot?');
	await guest.text(number.e164, 'Is there a tram?');
	const { page, context } = await signIn(browser, owner, { viewport: { width: 360, height: 740 } });
	await open(page, organization, 'Is there a tram?');
	await expect(composer(page)).toBeEnabled();

	// what is on the page already opens without any network
	await context.setOffline(true);
	await expect(page.getByText('Offline since').last()).toBeVisible();
	await page.getByRole('link', { name: 'Details' }).click();
	await expect(page.getByText('May we text')).toBeVisible();
	await page.goBack();
	await expect(thread(page)).toBeVisible();

	// now the browser takes itself to be online
	await context.route('**/*', (route) => route.abort('connectionfailed'));
	await context.setOffline(false);
	await write(page, 'Line 4, from the bridge');
	const says = page.getByText('This opens as soon as the connection is back.');
	await page.getByRole('button', { name: 'Archive' }).click();
	await expect(page.getByText('There is no connection. Nothing was changed.')).toBeVisible();
	await expect(list(page).getByText('Is there a tram?')).toBeVisible();
	await list(page).getByText('Do you have a cot?').click();
	await expect(says).toBeVisible();
	expect(await guest.received()).toEqual([]);

	await context.unrouteAll();
	await expect(thread(page).getByText('Do you have a cot?')).toBeVisible({ timeout: 20_000 });
	await expect(says).toBeHidden();
	await expect.poll(() => guest.received(), { timeout: 30_000 }).toEqual(['Line 4, from the bridge']);
	expect(await unreloaded(page)).toBe(true);
	await context.close();
});

test('R3.4 a draft is on all of a person’s devices: sent from two of them, one of which was offline, it is one text', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	await handset.text(number.e164, 'Where is the key?');
	const desk = await signIn(browser, owner);
	const phone = await signIn(browser, owner, { viewport: { width: 360, height: 740 } });
	for (const { page } of [desk, phone]) await open(page, organization, 'Where is the key?');
	await composer(desk.page).fill('Under the mat');
	await expect(composer(phone.page)).toHaveValue('Under the mat');
	await phone.context.setOffline(true);
	await composer(phone.page).press('Control+Enter');
	await write(desk.page, 'Under the mat');
	await expect.poll(() => handset.received()).toEqual(['Under the mat']);

	await phone.context.setOffline(false);
	const says = thread(phone.page).getByText(/You have sent these very words already/);
	await expect(says).toBeVisible({ timeout: 20_000 });
	expect(await handset.received()).toEqual(['Under the mat']);
	// who means it says so
	await thread(phone.page).getByRole('button', { name: 'Try again' }).click();
	await expect.poll(() => handset.received()).toHaveLength(2);
	for (const { context } of [desk, phone]) await context.close();
});

test('R3.5 R3.4 where sockets never work, texts, a colleague’s answers and deliveries still come, and the pill is honest', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	await handset.text(number.e164, 'Who is on foot today?');
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	await noor.context.routeWebSocket(/realtime/, (socket) => socket.close());
	for (const { page } of [noor, maya]) await open(page, organization, 'Who is on foot today?');
	await expect(pill(noor.page, /^Reconnecting/)).toBeVisible({ timeout: 20_000 });

	await write(maya.page, 'We all are');
	await expect(thread(noor.page).getByText('We all are')).toBeVisible({ timeout: 20_000 });
	await handset.text(number.e164, 'By foot, then');
	await expect(thread(noor.page).getByText('By foot, then')).toBeVisible({ timeout: 20_000 });
	await expect(list(noor.page).getByText('By foot, then')).toBeVisible();
	await write(noor.page, 'See you at the bridge');
	await expect(thread(noor.page).getByText('Delivered', { exact: true })).toHaveCount(2, { timeout: 20_000 });
	expect(await handset.received()).toEqual(['We all are', 'See you at the bridge']);
	for (const { context } of [noor, maya]) await context.close();
});

test('R2.6 the server restarts under open pages: they heal by themselves, and what was written meanwhile goes out once', async ({
	browser
}) => {
	test.setTimeout(150_000);
	// a stack of its own, because it ends it
	const stack = await startStack({ app: 'preview' });
	try {
		const { owner, colleague, organization, number, handset } = await team(stack);
		await handset.text(number.e164, 'Is the lift working?');
		const baseURL = stack.env.APP_URL;
		const noor = await signIn(browser, owner, { baseURL });
		const maya = await signIn(browser, colleague, { baseURL });
		for (const { page } of [noor, maya]) {
			await open(page, organization, 'Is the lift working?');
			await expect(pill(page, /^Synced/)).toBeVisible();
		}

		// everything that is ours, as when the power fails
		for (const part of ['app', 'gateway', 'realtime', 'twilio', 'worker', 'clock', 'postgres'])
			process.kill(stack.processOf(part)!.pid, 'SIGKILL');
		await write(noor.page, 'It was, a moment ago');
		await handset.text(number.e164, 'And now?');

		for (const { page } of [noor, maya]) {
			await expect
				.poll(
					async () => {
						// what the carrier gave up telling us, we ask for; by itself that happens within minutes
						await askForMissed(stack.sql).catch(() => undefined);
						return read(page);
					},
					{ timeout: 60_000, intervals: [500] }
				)
				.toEqual(expect.arrayContaining(['Is the lift working?', 'It was, a moment ago', 'And now?']));
			await expect(pill(page, /^Synced/)).toBeVisible({ timeout: 20_000 });
		}
		await expect(thread(maya.page).getByText('Delivered', { exact: true })).toBeVisible({ timeout: 20_000 });
		expect(await handset.received()).toEqual(['It was, a moment ago']);

		// live again, in both directions
		await write(maya.page, 'Yes, all of it');
		await expect(thread(noor.page).getByText('Yes, all of it')).toBeVisible({ timeout: 20_000 });
		await handset.text(number.e164, 'Lovely');
		for (const { page } of [noor, maya]) {
			await expect(thread(page).getByText('Lovely')).toBeVisible({ timeout: 20_000 });
			expect((await read(page)).toSorted()).toEqual(
				['Is the lift working?', 'It was, a moment ago', 'And now?', 'Yes, all of it', 'Lovely'].toSorted()
			);
			expect(await unreloaded(page)).toBe(true);
		}
		for (const { context } of [noor, maya]) await context.close();
	} finally {
		await stack.stop();
	}
});

async function askForMissed(database: typeof sql): Promise<void> {
	await database`
		insert into private.jobs (kind, queue_key, payload)
		select 'reconcile', 'reconcile', '{"status_after_seconds": 0, "overlap_seconds": 60}'
		where not exists (select from private.jobs where kind = 'reconcile' and completed_at is null)`;
}
