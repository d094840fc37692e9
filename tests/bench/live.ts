import { chromium } from '@playwright/test';
import { findBrowser } from '../support/browser.ts';
import { testPassword } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { quantile, type Result } from './measure.ts';
import { scene } from './scene.ts';

const texts = 100;

/** From the handset's send to the text standing in the other member's open thread: 100 texts, one after the other. */
export async function live({ env, sql }: Stack): Promise<Result> {
	const { colleague, organization, number } = await scene({ env, sql });
	const handset = `+1628${String(Math.floor(2_000_000 + Math.random() * 7_999_999))}`;
	const send = (body: string) =>
		fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/texts`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ to: number.e164, body })
		});
	await send('First');
	const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
	const page = await browser.newPage({ baseURL: env.APP_URL });
	await page.goto('/sign-in');
	await page.getByLabel('E-mail address').fill(colleague.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText('First').click();
	const log = page.getByRole('log', { name: 'Messages' });
	await log.getByText('First').waitFor();
	await page
		.getByText(/Synced/)
		.first()
		.waitFor();
	const waits: number[] = [];
	for (let i = 0; i < texts; i++) {
		const body = `Measured text ${i} of the run`;
		const seen = log.evaluate(
			(element, text) =>
				new Promise<number>((resolve) => {
					const look = () => {
						if (!element.textContent.includes(text)) return false;
						observer.disconnect();
						// the frame in which it is painted
						requestAnimationFrame(() => resolve(Date.now()));
						return true;
					};
					const observer = new MutationObserver(look);
					observer.observe(element, { childList: true, subtree: true, characterData: true });
					look();
				}),
			body
		);
		const start = Date.now();
		await send(body);
		waits.push((await seen) - start);
	}
	await browser.close();
	const p95 = quantile(waits, 0.95);
	return {
		name: "handset → visible in the other member's browser, 100 texts",
		ratio: null,
		bar: 'p95 ≤ 400 ms',
		holds: p95 <= 400,
		figures: { 'p50 ms': quantile(waits, 0.5), 'p95 ms': p95, 'max ms': Math.max(...waits) }
	};
}
