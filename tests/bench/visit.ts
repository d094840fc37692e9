import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { findBrowser } from '../support/browser.ts';
import { longConversation } from '../support/long-thread.ts';
import { inventNumber, testPassword, type Person } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { scene } from './scene.ts';

export const openBrowser = (): Promise<Browser> =>
	chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });

/** A browser of somebody's own at the size of a desk, signed in. */
export async function visit(browser: Browser, env: Stack['env'], person: Pick<Person, 'email'>): Promise<Visit> {
	const context = await browser.newContext({ baseURL: env.APP_URL, viewport: { width: 1440, height: 900 } });
	const page = await context.newPage();
	await page.goto('/sign-in');
	await page.getByLabel('E-mail address').fill(person.email);
	await page.getByLabel('Password', { exact: true }).fill(testPassword);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/inbox');
	return { context, page };
}

export type Visit = { context: BrowserContext; page: Page };

/** A team with a conversation of each length; its owner has read all of it. */
export async function threads({ env, sql }: Pick<Stack, 'env' | 'sql'>, lengths: readonly number[]) {
	const { owner, organization, number } = await scene({ env, sql });
	const ids: string[] = [];
	for (const count of lengths) {
		const of = { organizationId: organization.id, numberId: number.id, contact: inventNumber(), count };
		const id = await longConversation(sql, of);
		await sql`insert into public.conversation_reads (conversation_id, user_id, organization_id, last_read_seq)
			values (${id}, ${owner.userId}, ${organization.id}, ${count})`;
		ids.push(id);
	}
	const inbox = `/${organization.slug}/inbox`;
	return { owner, inbox, ids, paths: ids.map((id) => `${inbox}/${id}`) };
}
