/** What people chose to be told of, and by which way: the settings, the bell, devices while no page is open, letters. */
import { randomUUID } from 'node:crypto';
import { expect, test, type Page } from '@playwright/test';
import { findBrowser, launch } from '../support/browser.ts';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { createDevice } from '../support/devices.ts';
import { expectToReadWell } from '../support/looks.ts';
import type { Person } from '../support/people.ts';
import { rpc } from '../support/rpc.ts';

type Mail = { subject: string; html: string; text: string; headers: Record<string, string>; to: { address: string }[] };

const settings = (slug: string) => `/${slug}/settings/notifications`;
const bell = (page: Page) => page.getByRole('link', { name: /^Notifications/ }).filter({ visible: true });
async function mailsTo({ email }: Person): Promise<Mail[]> {
	const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
	return mails.filter(({ to }) => to.some(({ address }) => address === email));
}

test('R6.8 somebody chooses by event, channel and number, says when it is quiet, and tries each channel', async ({
	browser
}) => {
	const { owner, organization, number } = await team();
	const { page } = await signIn(browser, owner);
	const { page: elsewhere } = await signIn(browser, owner);
	await elsewhere.goto(`/${organization.slug}/inbox`);
	await expect(elsewhere.getByText(/Synced/).first()).toBeVisible();
	await page.goto(settings(organization.slug));
	const row = page.getByRole('row', { name: /^Mentions/ });
	await expect(row.getByRole('combobox')).toHaveValue('unread');
	await row.getByRole('combobox').selectOption('daily');
	await row.getByRole('checkbox').nth(1).uncheck();
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Saved.')).toBeVisible();

	await page.getByRole('combobox', { name: 'Where' }).selectOption(number.id);
	await page.getByRole('button', { name: 'Show' }).click();
	await expect(page.getByText('it is as everywhere')).toBeVisible();
	await expect(row.getByRole('combobox')).toHaveValue('daily');
	await row.getByRole('combobox').selectOption('off');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(row.getByRole('combobox')).toHaveValue('off');
	await page.getByRole('button', { name: 'As everywhere' }).click();
	await expect(row.getByRole('combobox')).toHaveValue('daily');

	await page.getByLabel('From', { exact: true }).fill('22:00');
	await page.getByRole('button', { name: 'Save hours' }).click();
	await expect(page.getByText('Say when they begin and when they end')).toBeVisible();
	await page.getByLabel('Until', { exact: true }).fill('07:00');
	await page.getByLabel('Mentions break through').check();
	await page.getByRole('button', { name: 'Save hours' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await page.reload();
	await expect(page.getByLabel('From', { exact: true })).toHaveValue('22:00');
	await expect(page.getByLabel('Mentions break through')).toBeChecked();

	// quiet hours or not: a test comes at once, and the bell of every device has it
	await page.getByRole('button', { name: 'Bell' }).click();
	await expect(page.getByText('It is in the bell now.')).toBeVisible();
	await expect(bell(elsewhere)).toHaveText('1');
	await page.getByRole('button', { name: 'E-mail' }).click();
	await expect
		.poll(async () => (await mailsTo(owner)).map(({ subject }) => subject))
		.toEqual(['This is a test: it works']);
	await bell(elsewhere).click();
	await elsewhere.getByRole('link', { name: /This is a test/ }).click();
	await expect(elsewhere).toHaveURL(new RegExp(`${settings(organization.slug)}$`));
	await expect(bell(elsewhere).first()).toHaveAccessibleName('Notifications');
});

test('R6.8 a device is told while no page is open, says nothing while one is in front, and is forgotten on signing out', async ({
	playwright
}) => {
	// the shell that other tests run in shows no notifications
	const browser = await playwright.chromium.launch(launch(findBrowser()));
	const { owner, colleague, organization, number, handset: phone } = await team();
	const { context, page } = await signIn(browser, owner);
	await context.grantPermissions(['notifications']);
	const device = await createDevice(env);
	// no push service reaches this browser: the stack's takes its place
	await context.addInitScript(({ endpoint, keys }) => {
		const made = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: () => Promise.resolve(true) };
		const isMade = () => localStorage.getItem('made') === 'yes';
		PushManager.prototype.getSubscription = () => Promise.resolve((isMade() ? made : null) as never);
		PushManager.prototype.subscribe = () => {
			localStorage.setItem('made', 'yes');
			return Promise.resolve(made as never);
		};
	}, device);
	const seeDevice = () => page.getByRole('button', { name: 'E-mail' }).scrollIntoViewIfNeeded();
	await page.goto(settings(organization.slug));
	await seeDevice();
	await page.getByLabel('Tell this device also while no page is open').check();
	await expect
		.poll(() => sql`select endpoint from private.push_subscriptions where user_id = ${owner.userId}`)
		.toEqual([{ endpoint: device.endpoint }]);
	await page.reload();
	await seeDevice();
	await expect(page.getByLabel('Tell this device also while no page is open')).toBeChecked();

	const session = await context.newCDPSession(page);
	const registration = new Promise<string>((resolve) => {
		session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const ours = registrations.find(({ scopeURL }) => scopeURL === `${env.APP_URL}/`);
			if (ours) resolve(ours.registrationId);
		});
	});
	await session.send('ServiceWorker.enable');
	const registrationId = await registration;
	const deliver = async (count: number) => {
		await expect.poll(async () => (await device.pushes()).length).toBe(count);
		const data = JSON.stringify((await device.pushes()).at(-1)!.words);
		await session.send('ServiceWorker.deliverPushMessage', { origin: env.APP_URL, registrationId, data });
	};
	const shown = () =>
		page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ body, data }) => [body, (data as { url: string }).url]);
		});

	await phone.text(number.e164, 'the first one');
	const conversation = async () =>
		(await sql`select id from public.conversations where organization_id = ${organization.id}`)[0]?.id as string;
	await expect.poll(conversation).toBeTruthy();
	const id = await conversation();
	await rpc(colleague, 'assign_conversations', { conversation_ids: [id], assignee_id: owner.userId });
	await page.goto('about:blank');
	await phone.text(number.e164, 'is anybody there?');
	// that it was given to them, and the text
	await deliver(2);
	// again after a worker that died: the same, once
	await deliver(2);
	await page.goto(settings(organization.slug));
	const url = `/${organization.slug}/inbox/${id}`;
	await expect.poll(shown).toEqual([['is anybody there?', url]]);

	await page.bringToFront();
	await phone.text(number.e164, 'hello?');
	await deliver(3);
	await page.waitForTimeout(300);
	expect(await shown()).toEqual([['is anybody there?', url]]);

	// read on another device
	await page.goto(`/${organization.slug}/inbox`);
	await expect(page.getByText(/Synced/).first()).toBeVisible();
	expect(await shown()).toHaveLength(1);
	const [last] = await sql`select last_seq from public.conversations where id = ${id}`;
	await rpc(owner, 'mark_read', { conversation_id: id, seq: Number(last!.last_seq) });
	await expect.poll(shown).toEqual([]);

	await page.evaluate(() => fetch('/sign-out', { method: 'POST', body: new URLSearchParams() }));
	await expect.poll(() => sql`select id from private.push_subscriptions where user_id = ${owner.userId}`).toEqual([]);
	await browser.close();
});

test('R6.8 a letter has one press that ends its like, for mail programs and for people, and reads well', async ({
	browser,
	page
}) => {
	const { owner, colleague, organization, number } = await team();
	const at_once = { event: 'mention', bell: true, push: false, email: 'at_once' };
	await rpc(colleague, 'choose_notifications', { organization_id: organization.id, choices: [at_once] });
	const mention = async () => {
		const [row] = await sql`
			select private.open_conversation(${organization.id}, ${number.id}, '+14155550188') as id`;
		const body = `@${colleague.username} the green door`;
		await rpc(owner, 'add_note', { conversation_id: row!.id, body, idempotency_key: randomUUID() });
	};
	await mention();
	await expect.poll(() => mailsTo(colleague)).toHaveLength(1);
	const [mail] = await mailsTo(colleague);
	expect(`${mail!.html}${mail!.text}`).not.toContain('green door');
	const oneClick = /^<(http[^>]+)>$/.exec(mail!.headers['list-unsubscribe']!)![1]!;
	expect(mail!.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');

	// in light and dark, narrow and wide
	const reader = await browser.newContext();
	const letter = await reader.newPage();
	await letter.setContent(mail!.html);
	await expect(letter.getByRole('heading', { level: 1 })).toContainText('mentioned you');
	await expect(letter.getByRole('link', { name: 'Stop these letters' })).toBeVisible();
	for (const width of [360, 800]) {
		await letter.setViewportSize({ width, height: 900 });
		await expectToReadWell(letter);
	}
	await reader.close();

	// whoever looks at the link is asked, and ends nothing by that
	const looked = await page.request.get(oneClick);
	expect(looked.url()).toMatch(/\/unsubscribe\?token=[0-9a-f]{48}$/);
	await page.goto(oneClick);
	await expect(page.getByRole('heading', { name: 'Stop these letters?' })).toBeVisible();
	await mention();
	await expect.poll(() => mailsTo(colleague)).toHaveLength(2);
	await page.getByRole('button', { name: 'Stop them' }).click();
	await expect(page.getByRole('heading', { name: 'No more of these letters' })).toBeVisible();
	const chosen = async () =>
		(
			await sql`
				select email from private.notification_choices
				where user_id = ${colleague.userId} and event = 'mention'`
		).map(({ email }) => String(email));
	expect(await chosen()).toEqual(['off']);

	// a mail program's press: no cookie, no origin, one POST
	await rpc(colleague, 'choose_notifications', { organization_id: organization.id, choices: [at_once] });
	const pressed = await fetch(oneClick, {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: 'List-Unsubscribe=One-Click'
	});
	expect(pressed.status).toBe(204);
	expect(await chosen()).toEqual(['off']);
	expect((await fetch(oneClick.replace(/[0-9a-f]{48}$/, 'nonsense'), { method: 'POST' })).status).toBe(404);
});
