import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Cookie } from '@playwright/test';
import lighthouse from 'lighthouse';
import { findBrowser, launch } from '../support/browser.ts';
import { freePorts, type Stack } from '../support/stack.ts';
import { median, type Result } from './measure.ts';

const categories = ['performance', 'accessibility', 'best-practices'] as const;
const bar = 95;
/** The machine has a say in each. */
const runs = 3;
type Lhr = NonNullable<Awaited<ReturnType<typeof lighthouse>>>['lhr'];

/**
 * What Lighthouse says of the pages that people open first, as a phone on a slow network has them (its own default): of 100
 * points each. Each run has a browser of its own, as its command line gives it one: in one that has run before, what it notes of
 * scripts begins by walking the heap of the runs before, which it counts against the page (100 to 150 ms, four times as slow).
 */
export async function lighthousePoints({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const results: Result[] = [];
	const judge = async (name: string, url: string, cookies: readonly Cookie[] = []) => {
		const ran: Lhr[] = [];
		for (let run = 0; run < runs; run++) ran.push(await looked(url, cookies));
		const points = Object.fromEntries(categories.map((id) => [id, median(ran.map((lhr) => pointsOf(lhr, id)))]));
		tell(name, ran);
		results.push({
			name: `${name}: Lighthouse, of 100 points, as a phone, median of ${runs}`,
			ratio: null,
			bar: `≥ ${bar} each`,
			holds: Object.values(points).every((each) => each >= bar),
			figures: points
		});
	};
	await judge('/sign-in', `${env.APP_URL}/sign-in`);
	const { inbox, cookies } = await signedIn(env);
	await judge('…/dashboard', inbox.replace(/\/inbox$/, '/dashboard'), cookies);
	await judge('…/inbox', inbox, cookies);
	return results;
}

/** Signs the demo person in: where their inbox is, and what a browser of theirs holds. */
async function signedIn({ APP_URL, DEMO_EMAIL, DEMO_PASSWORD }: Stack['env']) {
	await using stack = new AsyncDisposableStack();
	const browser = stack.adopt(await chromium.launch(launch(findBrowser())), (one) => one.close());
	const page = await browser.newPage();
	await page.goto(`${APP_URL}/sign-in`);
	await page.getByLabel('E-mail address').fill(DEMO_EMAIL);
	await page.getByLabel('Password', { exact: true }).fill(DEMO_PASSWORD);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	return { inbox: page.url(), cookies: await page.context().cookies() };
}

async function looked(url: string, cookies: readonly Cookie[]): Promise<Lhr> {
	await using stack = new AsyncDisposableStack();
	const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'cumapp-lighthouse-')), (one) =>
		rmSync(one, { recursive: true, force: true })
	);
	const port = await freePorts();
	const { executablePath, args } = launch(findBrowser());
	// Lighthouse opens its page in the default context: no other holds the person's cookies for it
	const context = stack.adopt(
		await chromium.launchPersistentContext(folder, {
			executablePath,
			args: [...args, `--remote-debugging-port=${port}`]
		}),
		(one) => one.close()
	);
	await context.addCookies([...cookies]);
	const ran = await lighthouse(url, {
		port,
		output: 'json',
		logLevel: 'error',
		onlyCategories: [...categories],
		// it would sign the person out
		disableStorageReset: true
	});
	if (!ran || ran.lhr.runtimeError) throw new Error(`Lighthouse did not run: ${ran?.lhr.runtimeError?.message}`);
	return ran.lhr;
}

const pointsOf = ({ categories }: Lhr, id: string) => Math.round((categories[id]?.score ?? 0) * 100);

/** What took points away, in any of the runs. */
function tell(name: string, ran: readonly Lhr[]): void {
	const said = new Set<string>();
	for (const lhr of ran)
		for (const id of categories)
			for (const { id: audit, weight } of lhr.categories[id]?.auditRefs ?? []) {
				const { score = null, displayValue } = lhr.audits[audit] ?? {};
				if (weight > 0 && score !== null && score < 0.9) said.add(`${id}: ${audit} ${displayValue ?? score}`);
			}
	for (const line of said) console.log(`  ${name}, ${line}`);
}
