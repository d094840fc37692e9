import type { Page } from '@playwright/test';
import type { Stack } from '../support/stack.ts';
import { quantile, type Result } from './measure.ts';
import { openBrowser, threads, visit } from './visit.ts';

const length = 100_000;
const openings = 25;
const bar = 300;

/** From opening a thread of 100,000 texts to its first text painted: by its address, at a text half way, and from the list. */
export async function paint({ env, sql }: Stack): Promise<Result[]> {
	const { owner, inbox, ids, paths } = await threads({ env, sql }, [length]);
	const [id = ''] = ids;
	const [path = ''] = paths;
	const browser = await openBrowser();
	try {
		const { context, page } = await visit(browser, env, owner);
		await context.addInitScript(watchForText);
		const load = (address: string) => () => page.goto(address);
		const click = async () => {
			// the page answers to its scripts
			await page.goto(inbox, { waitUntil: 'networkidle' });
			await page.locator(`a[data-conversation="${id}"]`).click();
		};
		return [
			await measured('by its address, the whole page', page, load(path)),
			await measured('by its address, at a text half way', page, load(`${path}?message=${length / 2}`)),
			await measured('from the list', page, click)
		];
	} finally {
		await browser.close();
	}
}

/** Runs in the page: `painted` becomes how long it took, from the click on a conversation or else from the page's beginning. */
function watchForText() {
	let start = 0;
	addEventListener('click', (event) => (start = event.timeStamp), { capture: true });
	const painted = new Promise<number>((resolve) => {
		const observer = new MutationObserver(() => {
			if (!document.querySelector('[role="log"] [data-seq]')) return;
			observer.disconnect();
			// the frame after the one in which it is painted
			requestAnimationFrame(() => requestAnimationFrame((now) => resolve(now - start)));
		});
		observer.observe(document, { childList: true, subtree: true });
	});
	Object.assign(window, { painted });
}

async function measured(how: string, page: Page, open: () => Promise<unknown>): Promise<Result> {
	const waits: number[] = [];
	// the first two warm the server and the browser's cache and are not counted
	for (let opening = -2; opening < openings; opening++) {
		await open();
		const wait = await page.evaluate(() => (window as unknown as { painted: Promise<number> }).painted);
		if (opening >= 0) waits.push(wait);
		await page.waitForLoadState('networkidle');
	}
	const p95 = quantile(waits, 0.95);
	return {
		name: `opening a thread of ${length} texts ${how}: first text painted, ${openings} times`,
		ratio: null,
		bar: `p95 ≤ ${bar} ms`,
		holds: p95 <= bar,
		figures: { 'p50 ms': quantile(waits, 0.5), 'p95 ms': p95, 'max ms': Math.max(...waits) }
	};
}
