import type { Browser, CDPSession, Page } from '@playwright/test';
import type { Stack } from '../support/stack.ts';
import { median, quantile, type Result } from './measure.ts';
import { openBrowser, threads, visit } from './visit.ts';

const lengths = [100, 100_000] as const;
const rounds = 10;
const wheel = 60;
const stepsPerPass = 50;

type Reader = { page: Page; cdp: CDPSession; frames: number[]; nodes: number };

/**
 * Scrolling by the same turns of the wheel through a conversation of 100 texts, up and down, and through one of 100,000,
 * up and up, reading page after page: what a frame takes, what stands in the document, and what is left in memory.
 */
export async function scroll({ env, sql }: Stack): Promise<Result[]> {
	const { owner, paths } = await threads({ env, sql }, lengths);
	const browser = await openBrowser();
	try {
		const [short, long] = await Promise.all([
			reader(browser, env, owner, paths[0] ?? ''),
			reader(browser, env, owner, paths[1] ?? '')
		]);
		for (let round = 0; round < rounds; round++) {
			await pass(short, -1);
			await pass(long, -1);
			await pass(short, 1);
			await pass(long, -1);
		}
		const reached = await firstDrawn(long.page);
		const megabytes = await heap(long.cdp);
		const ratios = ([0.5, 0.95] as const).map((share) => quantile(long.frames, share) / quantile(short.frames, share));
		const nodes = long.nodes / short.nodes;
		return [
			{
				name: `a frame while scrolling ${lengths[1]} texts, against ${lengths[0]}: the worse of median and p95`,
				ratio: Math.max(...ratios),
				bar: '≤ 1.2',
				holds: Math.max(...ratios) <= 1.2,
				figures: {
					'median ms': median(long.frames),
					'median ms of the short one': median(short.frames),
					'p95 ms': quantile(long.frames, 0.95),
					'p95 ms of the short one': quantile(short.frames, 0.95),
					'p99 ms': quantile(long.frames, 0.99),
					'p99 ms of the short one': quantile(short.frames, 0.99),
					'texts scrolled through': lengths[1] - reached
				}
			},
			{
				name: `nodes in the document while scrolling ${lengths[1]} texts, against ${lengths[0]}`,
				ratio: nodes,
				bar: '≤ 1.5',
				holds: nodes <= 1.5,
				figures: { 'most nodes': long.nodes, 'most nodes of the short one': short.nodes }
			},
			{
				name: `memory of the page's script after scrolling ${lengths[1]} texts`,
				ratio: null,
				bar: '≤ 150 MB',
				holds: megabytes <= 150,
				figures: { MB: megabytes, 'MB of the short one': await heap(short.cdp) }
			}
		];
	} finally {
		await browser.close();
	}
}

/** Somebody with a thread open, the pointer over it. */
async function reader(browser: Browser, env: Stack['env'], person: { email: string }, path: string): Promise<Reader> {
	const { context, page } = await visit(browser, env, person);
	await page.goto(path, { waitUntil: 'networkidle' });
	const box = await page.getByRole('log', { name: 'Messages' }).boundingBox();
	if (!box) throw new Error('No thread is open');
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	return { page, cdp: await context.newCDPSession(page), frames: [], nodes: 0 };
}

/** Turns the wheel, and notes how long each frame took until the next and how many nodes there were at the end. */
async function pass(of: Reader, direction: 1 | -1): Promise<void> {
	// a page in the background is given no frames
	await of.page.bringToFront();
	await of.page.evaluate(() => {
		const frames: number[] = [];
		let last = 0;
		const note = (now: number) => {
			if (last > 0) frames.push(now - last);
			last = now;
			if (document.documentElement.dataset.measuring !== undefined) requestAnimationFrame(note);
		};
		document.documentElement.dataset.measuring = '';
		Object.assign(window, { frames });
		requestAnimationFrame(note);
	});
	for (let step = 0; step < stepsPerPass; step++) await of.page.mouse.wheel(0, direction * wheel);
	const { frames, nodes } = await of.page.evaluate(() => {
		delete document.documentElement.dataset.measuring;
		const { frames } = window as unknown as { frames: number[] };
		return { frames, nodes: document.querySelectorAll('*').length };
	});
	of.frames.push(...frames);
	of.nodes = Math.max(of.nodes, nodes);
}

const firstDrawn = (page: Page) =>
	page
		.getByRole('log', { name: 'Messages' })
		.locator('[data-seq]')
		.first()
		.evaluate((text) => Number((text as HTMLElement).dataset.seq));

/** What script keeps in memory once nothing is left to collect, MB. */
async function heap(cdp: CDPSession): Promise<number> {
	await cdp.send('HeapProfiler.collectGarbage');
	const { usedSize } = await cdp.send('Runtime.getHeapUsage');
	return usedSize / 1e6;
}
