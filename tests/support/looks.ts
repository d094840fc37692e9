/** What a page must be to everyone who looks at it: readable, in the light and in the dark, and no wider than the window. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

type Where = { within?: string; once?: boolean };

const axe = (page: Page, { within }: Where) => {
	// no page of ours has frames: nothing is missed by looking at one document only, and it takes half the time. So does
	// telling nothing of what is well.
	const builder = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
	return within ? builder.include(within) : builder;
};

async function expectNone(builder: AxeBuilder, what: string): Promise<void> {
	const { violations } = await builder.analyze();
	const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
	expect(told, what).toEqual([]);
}

/** Has colours that are on their way to others arrive: of what is between them nobody says that it can be read. */
const settle = (page: Page) =>
	page.evaluate(() => {
		for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
	});

/** Nothing sticks out sideways at the window's width. */
export async function expectToFit(page: Page): Promise<void> {
	// a page that was navigated to may have nothing in it yet
	await page.waitForLoadState();
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	expect(Math.max(overflow, 0), `${page.url()} sticks out, in px`).toBe(0);
}

/**
 * Fails when axe finds anything on the page as it stands, or when it sticks out sideways. Colours are looked at in both
 * schemes, unless `once`; everything else is the same in the light and in the dark. `within` narrows it to a selector.
 */
export async function expectToReadWell(page: Page, where: Where = {}): Promise<void> {
	await expectToFit(page);
	await settle(page);
	await expectNone(axe(page, where), page.url());
	if (where.once) return;
	const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
	await page.emulateMedia({ colorScheme: dark ? 'light' : 'dark' });
	await settle(page);
	await expectNone(axe(page, where).withRules(['color-contrast']), `${page.url()}, ${dark ? 'light' : 'dark'}`);
	await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
}

/** What a page must never do, whoever looks at it: throw, or break the policy of its scripts. Filled as it happens. */
export function complaints(page: Page): readonly string[] {
	const heard: string[] = [];
	page.on('pageerror', (error) => heard.push(error.message));
	page.on('console', (message) => message.type() === 'error' && heard.push(`${page.url()} ${message.text()}`));
	return heard;
}
