import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
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
 * points each. Its browser is ours, signed in as the demo person where the page is for members.
 */
export async function lighthousePoints({ env }: Pick<Stack, 'env'>): Promise<Result[]> {
	const folder = mkdtempSync(join(tmpdir(), 'cumapp-lighthouse-'));
	const port = await freePorts();
	const { executablePath, args } = launch(findBrowser());
	const context = await chromium.launchPersistentContext(folder, {
		executablePath,
		args: [...args, `--remote-debugging-port=${port}`]
	});
	const results: Result[] = [];
	const judge = async (name: string, url: string) => {
		const ran: Lhr[] = [];
		for (let run = 0; run < runs; run++) ran.push(await looked(url, port));
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
	try {
		await judge('/sign-in', `${env.APP_URL}/sign-in`);
		const page = await context.newPage();
		await page.goto(`${env.APP_URL}/sign-in`);
		await page.getByLabel('E-mail address').fill(env.DEMO_EMAIL);
		await page.getByLabel('Password', { exact: true }).fill(env.DEMO_PASSWORD);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL('**/inbox');
		const inbox = page.url();
		await page.close();
		await judge('…/dashboard', inbox.replace(/\/inbox$/, '/dashboard'));
		await judge('…/inbox', inbox);
		return results;
	} finally {
		await context.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function looked(url: string, port: number): Promise<Lhr> {
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
