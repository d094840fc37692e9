import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { findBrowser, launch } from '../support/browser.ts';
import { signIn, sql, team } from '../support/browsers.ts';

// two or three people each, which takes long on a busy machine
test.describe.configure({ timeout: 150_000 });

const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const list = (page: Page) => page.getByRole('navigation', { name: 'Conversations' });
const text = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true });
const note = (page: Page) => page.getByRole('textbox', { name: 'Note', exact: true });
const slip = (page: Page) => thread(page).getByRole('article', { name: 'Internal note' });
const mode = (page: Page, name: 'Text' | 'Note') =>
	page.getByRole('group', { name: 'What to write' }).getByRole('button', { name });

/** Opens the inbox and in it the conversation that ends with this text. */
async function open(page: Page, { slug }: { slug: string }, words: string) {
	await page.goto(`/${slug}/inbox`);
	await list(page).getByText(words).click();
	await expect(thread(page).getByText(words)).toBeVisible();
}

test('R3.7 a note mentions a colleague by keyboard, both see it live, and no key makes a text of it', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset: phone } = await team();
	await phone.text(number.e164, 'Has the late fee been paid?');
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	for (const { page } of [noor, maya]) await open(page, organization, 'Has the late fee been paid?');
	const { page } = noor;

	await text(page).fill('Half a thought');
	await mode(page, 'Note').click();
	await expect(note(page)).toBeFocused();
	await expect(page.getByRole('button', { name: 'Send', exact: true })).toHaveCount(0);

	// @ offers colleagues, arrows and Enter choose; Enter then is only a new line
	await note(page).pressSequentially(`Paid on Friday @${colleague.username.slice(0, 4)}`);
	await expect(page.getByRole('option')).toHaveCount(1);
	await expect(note(page)).toHaveAttribute('aria-activedescendant', /.+/);
	await page.keyboard.press('Enter');
	await expect(note(page)).toHaveValue(`Paid on Friday @${colleague.username} `);
	const axe = await new AxeBuilder({ page }).analyze();
	expect(axe.violations.map(({ id }) => id)).toEqual([]);

	for (const keys of ['Enter', 'Shift+Enter', 'Alt+Enter', 'Control+s']) await page.keyboard.press(keys);
	await note(page).fill(`Paid on Friday @${colleague.username} do not charge it`);
	await page.keyboard.press('Control+Enter');
	for (const { page } of [noor, maya]) {
		await expect(slip(page)).toContainText('do not charge it');
		await expect(slip(page).getByText(`@${colleague.username}`)).toHaveCSS('text-decoration-line', 'underline');
	}
	// still a note, and empty: the next one cannot become a text by habit
	await expect(note(page)).toHaveValue('');
	await note(page).fill('And a second one');
	await page.getByRole('button', { name: 'Add note' }).dblclick();
	await expect(slip(maya.page)).toHaveCount(2);

	await mode(page, 'Text').click();
	await expect(text(page)).toHaveValue('Half a thought');
	await text(page).press('Control+Enter');
	await expect.poll(() => phone.received()).toEqual(['Half a thought']);
	const texts = await sql`
		select body from public.messages where organization_id = ${organization.id} and direction = 'outbound'`;
	expect(texts.map(({ body }) => body)).toEqual(['Half a thought']);
	expect(await sql`select from public.notes where organization_id = ${organization.id}`).toHaveLength(2);

	// a changed note changes for everybody, a removed one is gone
	await slip(page).last().getByRole('button', { name: 'Change' }).click();
	await slip(page).last().getByRole('textbox').fill('The second one, better');
	await slip(page).last().getByRole('button', { name: 'Save' }).click();
	await expect(slip(maya.page).last()).toContainText('The second one, better');
	await slip(page).last().getByRole('button', { name: 'Change' }).click();
	await slip(page).last().getByRole('button', { name: 'Remove for everybody' }).click();
	await expect(slip(maya.page)).toHaveCount(1);
	await noor.context.close();
	await maya.context.close();
});

test('R3.7 R3.5 who is mentioned without access is named, and given it; the bell rings once, everywhere, and is cleared by reading', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset: phone } = await team();
	await sql`update public.phone_numbers set restricted_at = now() where id = ${number.id}`;
	await phone.text(number.e164, 'Is anybody at the desk?');
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague, { viewport: { width: 390, height: 844 } });
	const second = await maya.context.newPage();
	for (const page of [maya.page, second]) await page.goto(`/${organization.slug}/inbox`);
	await open(noor.page, organization, 'Is anybody at the desk?');

	await mode(noor.page, 'Note').click();
	await note(noor.page).fill(`@${colleague.username} can you answer?`);
	await noor.page.getByRole('button', { name: 'Add note' }).click();
	await expect(noor.page.getByRole('list', { name: 'Not told' })).toContainText('was not told');
	const bell = (page: Page) => page.getByRole('link', { name: /^Notifications/ }).filter({ visible: true });
	await expect(bell(second)).toHaveText('Notifications');
	await noor.page.getByRole('button', { name: 'Give access' }).click();
	await expect(noor.page.getByRole('list', { name: 'Not told' })).toHaveCount(0);
	for (const page of [maya.page, second]) {
		await expect(bell(page)).toContainText('1 unread');
		await expect(page).toHaveTitle(/^\(1\) /);
	}

	await bell(maya.page).click();
	await expect(maya.page.getByText('mentioned you in')).toBeVisible();
	expect((await new AxeBuilder({ page: maya.page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
	await maya.page.getByText('mentioned you in').click();
	await expect(slip(maya.page)).toContainText('can you answer?');
	await expect(bell(second)).toHaveText('Notifications');
	await noor.context.close();
	await maya.context.close();
});

test('R3.5 a text that comes while nobody looks is shown by the system, once for all tabs; a press leads to it', async ({
	playwright
}) => {
	// the shell that other tests run in shows no notifications
	const browser = await playwright.chromium.launch(launch(findBrowser()));
	const { owner, organization, number, handset: phone } = await team();
	await phone.text(number.e164, 'the first one');
	const { context, page } = await signIn(browser, owner);
	await context.grantPermissions(['notifications']);
	const other = await context.newPage();
	for (const tab of [page, other]) {
		// a headless window always has the focus and is never hidden
		await tab.addInitScript(() => {
			const away = () => sessionStorage.getItem('away') === 'yes';
			Object.defineProperty(document, 'visibilityState', { get: () => (away() ? 'hidden' : 'visible') });
			document.hasFocus = () => !away();
		});
		await tab.goto(`/${organization.slug}/inbox`);
		await expect(tab.getByText(/Synced/).first()).toBeVisible();
		await tab.evaluate(() => navigator.serviceWorker.ready.then(() => true));
	}
	const shown = () =>
		page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ body }) => body);
		});
	const look = (away: boolean) =>
		Promise.all(
			[page, other].map((tab) =>
				tab.evaluate((away) => {
					sessionStorage.setItem('away', away ? 'yes' : 'no');
					document.dispatchEvent(new Event('visibilitychange'));
				}, away)
			)
		);

	// somebody is here: heard, not shown
	await phone.text(number.e164, 'the second one');
	for (const tab of [page, other]) await expect(list(tab).getByText('the second one')).toBeVisible();
	expect(await shown()).toEqual([]);
	await look(true);
	await phone.text(number.e164, 'the third one');
	await expect.poll(shown).toEqual(['the third one']);
	await expect(page).toHaveTitle(/^\(1\) /);
	await expect(page.locator('link[rel="icon"]')).toHaveAttribute('href', /^data:image\/svg/);

	// the worker leads the open tab to the conversation
	const [conversation] = await sql`select id from public.conversations where organization_id = ${organization.id}`;
	await look(false);
	await page.evaluate((url) => {
		navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { kind: 'open', url } }));
	}, `/${organization.slug}/inbox/${conversation!.id}`);
	await expect(thread(page).getByText('the third one')).toBeVisible();
	await expect(page).not.toHaveTitle(/^\(/);

	// the test on the settings page says what it found
	await page.goto(`/${organization.slug}/settings/notifications`);
	await page.getByRole('button', { name: 'E-mail' }).scrollIntoViewIfNeeded();
	await expect(page.getByText('Allowed')).toBeVisible();
	await expect(page.getByText('Running')).toBeVisible();
	await page.getByRole('button', { name: 'Send a test' }).click();
	await expect(page.getByText('The browser has shown it.')).toBeVisible();
	expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
	await browser.close();
});
