import { expect, test, type Page } from '@playwright/test';
import { longConversation } from '../support/long-thread.ts';
import { signIn, sql, team } from '../support/browsers.ts';
import { expectToReadWell } from '../support/looks.ts';

const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const text = (page: Page, seq: number) => thread(page).locator(`[data-seq="${seq}"]`);

/** A team with a conversation of so many texts, and somebody of it who has read up to a place. */
async function history(count: number, read: number) {
	const { owner, colleague, organization, number, handset } = await team();
	const place = { organizationId: organization.id, numberId: number.id, contact: handset.e164, count };
	const id = await longConversation(sql, place);
	for (const { userId } of [owner, colleague])
		await sql`insert into public.conversation_reads (conversation_id, user_id, organization_id, last_read_seq)
			values (${id}, ${userId}, ${organization.id}, ${read})`;
	return { owner, colleague, number, handset, path: `/${organization.slug}/inbox/${id}` };
}

/** Which texts are drawn, and where the first one in sight stands on the screen. */
const drawn = (page: Page) =>
	thread(page).evaluate((scroller) => {
		const top = scroller.getBoundingClientRect().top;
		const all = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')];
		const first = all.find((element) => element.getBoundingClientRect().top >= top);
		return {
			seqs: all.map((element) => Number(element.dataset.seq)),
			nodes: scroller.querySelectorAll('*').length,
			anchor: Number(first?.dataset.seq),
			y: first?.getBoundingClientRect().top ?? 0
		};
	});
const yOf = (page: Page, seq: number) => text(page, seq).evaluate((element) => element.getBoundingClientRect().top);

/** Scrolls by pixels, and answers by how many pixels the anchor did not move as it should have. */
async function scroll(page: Page, by: number): Promise<number> {
	return thread(page).evaluate(async (scroller, by) => {
		const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
		const box = scroller.getBoundingClientRect();
		const middle = box.top + box.height / 2;
		const anchor = [...scroller.querySelectorAll('[data-seq]')].find(
			(element) => element.getBoundingClientRect().bottom > middle
		);
		const before = anchor?.getBoundingClientRect().top ?? 0;
		const at = scroller.scrollTop;
		scroller.scrollTop += by;
		const moved = scroller.scrollTop - at;
		for (let i = 0; i < 4; i++) await frame();
		return anchor?.isConnected ? Math.abs(anchor.getBoundingClientRect().top - (before - moved)) : 0;
	}, by);
}

for (const size of [
	{ width: 390, height: 844 },
	{ width: 1440, height: 900 }
]) {
	test(`R3.6 R2.4 at ${size.width} px years of texts are read up and down without a jump, with as many nodes as a few texts take`, async ({
		browser
	}) => {
		const { owner, path, number, handset } = await history(1500, 1500);
		const { page, context } = await signIn(browser, owner, { viewport: size });
		const ask = Promise.withResolvers<undefined>();
		await page.route(/rpc\/preflight_message/, (route) => ask.promise.then(() => route.continue()));
		await page.goto(path);
		await expect(text(page, 1500)).toBeInViewport();
		const nodes = (await drawn(page)).nodes;
		// what is learned about the price takes no room from the texts
		const composer = page.getByRole('form', { name: 'Write a text' });
		const room = async () => (await composer.boundingBox())?.height;
		const roomed = await room();
		ask.resolve(undefined);
		await expect(composer).toContainText('covered by the plan');
		expect(await room()).toBe(roomed);

		let worst = 0;
		let most = 0;
		const read = new Set<number>();
		const look = async () => {
			const now = await drawn(page);
			most = Math.max(most, now.nodes);
			for (const seq of now.seqs) read.add(seq);
			expect(now.seqs).toEqual([...now.seqs].sort((a, b) => a - b));
			return now;
		};
		// where older texts take their time to come, it is they who are waited for
		for (let i = 0; i < 25 || (i < 400 && Math.min(...read) >= 1400); i++) {
			worst = Math.max(worst, await scroll(page, -0.8 * size.height));
			await look();
		}
		// none was left out on the way
		const reached = Math.min(...read);
		expect(reached).toBeLessThan(1400);
		expect(read.size).toBe(1501 - reached);

		// while one reads, older texts come above and new ones below
		const reading = (await drawn(page)).anchor;
		const before = await yOf(page, reading);
		await handset.text(number.e164, 'Are you still there?');
		await expect(page.getByRole('button', { name: '1 new text' })).toBeVisible();
		await expect.poll(async () => Math.abs((await yOf(page, reading)) - before)).toBeLessThanOrEqual(1);

		for (let i = 0; i < 35 && !(await text(page, 1500).isVisible()); i++) {
			worst = Math.max(worst, await scroll(page, 0.8 * size.height));
			await look();
		}
		expect(worst).toBeLessThanOrEqual(1);
		expect(most).toBeLessThanOrEqual(3 * nodes);
		await page.getByRole('button', { name: /new text|To the newest/ }).click();
		await expect(thread(page).getByText('Are you still there?')).toBeInViewport();

		await page.goto(`${path}?message=1234`);
		await expect(text(page, 1234)).toBeInViewport();
		await expect(text(page, 1234)).toHaveAttribute('data-marked');
		await expect(text(page, 1233)).toBeVisible();
		await page.getByRole('button', { name: 'Go to a day' }).click();
		const day = page.getByLabel('Go to the day');
		await expect(day).toBeFocused();
		await expect(day).toHaveAttribute('min', '2024-01-01');
		await expectToReadWell(page);
		await day.fill('2024-01-03');
		await day.press('Enter');
		// 3 January in Berlin begins at 23:00 UTC
		await expect(text(page, 564)).toBeInViewport();
		await page.getByRole('button', { name: 'To the newest' }).click();
		await expect(thread(page).getByText('Are you still there?')).toBeInViewport();
		await context.close();
	});
}

test('R3.2 a thread opens at its first unread text, however far up that is, and pages without JavaScript go both ways', async ({
	browser
}) => {
	const { owner, colleague, path } = await history(1000, 400);
	const { page, context } = await signIn(browser, owner);
	await page.goto(path);
	await expect(thread(page).getByText('100+ new since')).toBeInViewport();
	await expect(text(page, 401)).toBeInViewport();
	await expect(page.getByRole('button', { name: '100+ new texts' })).toBeVisible();
	await context.close();

	const plain = await signIn(browser, colleague, { javaScriptEnabled: false });
	await plain.page.goto(path);
	await expect(text(plain.page, 401)).toBeAttached();
	const last = Math.max(...(await drawnPlainly(plain.page)));
	await plain.page.getByRole('button', { name: 'Show newer texts' }).click();
	expect(Math.min(...(await drawnPlainly(plain.page)))).toBe(last + 1);
	await plain.page.getByRole('button', { name: 'Show older texts' }).click();
	expect(Math.max(...(await drawnPlainly(plain.page)))).toBe(last);
	await plain.context.close();
});

async function drawnPlainly(page: Page): Promise<number[]> {
	const texts = await thread(page).locator('[data-seq]').all();
	return Promise.all(texts.map(async (one) => Number(await one.getAttribute('data-seq'))));
}

test('R3.3 R3.2 colleagues see who is here and who types, links lead out safely, and a code is copied', async ({
	browser
}) => {
	const { owner, colleague, number, handset, path } = await history(3, 3);
	await sql`update public.profiles set full_name = 'Maya Lind' where id = ${colleague.userId}`;
	await handset.text(number.e164, 'Your code is 482 910. See https://a.example/x or javascript:alert(1)');
	const noor = await signIn(browser, owner, { permissions: ['clipboard-read', 'clipboard-write'] });
	const maya = await signIn(browser, colleague, { viewport: { width: 390, height: 844 } });
	await noor.page.goto(path);
	await expect(noor.page.getByText(/Synced/).first()).toBeVisible();
	await maya.page.goto(path);
	await expect(noor.page.getByText('Maya is here, only')).toBeVisible();
	await maya.page.getByRole('textbox', { name: 'Text' }).pressSequentially('One moment');
	// it ends by itself: both are looked for at once
	await Promise.all([
		expect(noor.page.getByText('Maya is typing, only')).toBeVisible(),
		expect(noor.page.getByRole('navigation', { name: 'Conversations' }).getByText('is typing')).toBeAttached()
	]);
	// by itself, as nobody says that it ended
	await expect(noor.page.getByText('Maya is here, only')).toBeVisible();
	// on a phone, too, and the number is read to its end
	await expect(maya.page.getByText('Robin is here, only')).toBeVisible();
	const whom = maya.page.getByRole('heading', { level: 1 });
	expect(await whom.evaluate((title) => title.scrollWidth - title.clientWidth)).toBe(0);

	// beside the one to where codes are corrected, which has a sign for words
	const links = thread(noor.page).getByRole('link').filter({ hasText: /./ });
	await expect(links).toHaveCount(1);
	await expect(links).toHaveAttribute('href', 'https://a.example/x');
	expect((await links.getAttribute('rel'))?.split(' ')).toEqual(
		expect.arrayContaining(['noopener', 'noreferrer', 'nofollow'])
	);
	await thread(noor.page).getByRole('button', { name: 'Copy the code 482 910' }).click();
	expect(await noor.page.evaluate(() => navigator.clipboard.readText())).toBe('482910');
	await maya.context.close();
	await expect(noor.page.getByText('Maya is here, only')).toHaveCount(0);
	await noor.context.close();
});
