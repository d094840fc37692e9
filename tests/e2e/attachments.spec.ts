import { expect, test, type Page } from '@playwright/test';
import { env, signIn, team } from '../support/browsers.ts';
import { card } from '../support/files.ts';
import { png } from '../support/pictures.ts';

const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const tray = (page: Page) => page.getByRole('list', { name: 'Files of this text' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true });
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true });
const choose = (page: Page, files: { name: string; mimeType: string; buffer: Buffer }[]) =>
	page.locator('input[type=file]').setInputFiles(files);
const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: png });

/** Opens the conversation in which this was said. */
async function open(page: Page, organization: { slug: string }, text: string) {
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText(text).click();
	await expect(thread(page).getByText(text)).toBeVisible();
}

/** Whether a picture was shown: the browser has read it. */
const isShown = (page: Page, name: string) =>
	expect
		.poll(() =>
			thread(page)
				.getByRole('img', { name })
				.last()
				.evaluate((image: HTMLImageElement) => image.naturalWidth)
		)
		.toBeGreaterThan(0);

/** What a drop or a paste brings. */
async function bring(page: Page, how: 'drop' | 'paste', name: string) {
	const data = await page.evaluateHandle(
		([base64, named]) => {
			const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
			const transfer = new DataTransfer();
			transfer.items.add(new File([bytes], named, { type: 'image/png' }));
			return transfer;
		},
		[png.toString('base64'), name] as const
	);
	if (how === 'drop') return composer(page).dispatchEvent('drop', { dataTransfer: data });
	await composer(page).evaluate(
		(field, clipboardData) =>
			field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })),
		data
	);
}

test('R3.8 pictures are picked, dropped and pasted, reach the phone, and come back; colleagues see them, nobody else', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset } = await team();
	const noor = await signIn(browser, owner);
	const maya = await signIn(browser, colleague);
	await handset.text(number.e164, 'What does the door look like?');
	for (const { page } of [noor, maya]) await open(page, organization, 'What does the door look like?');

	await choose(noor.page, [picture('door\u202egnp.png'), { name: 'noor.vcf', mimeType: 'text/html', buffer: card }]);
	await bring(noor.page, 'drop', 'dropped.png');
	await bring(noor.page, 'paste', 'pasted.png');
	await expect(tray(noor.page).getByText('Ready', { exact: true })).toHaveCount(4);
	await expect(tray(noor.page).getByText('doorgnp.png')).toBeVisible();
	await tray(noor.page).getByRole('button', { name: 'Remove pasted.png' }).click();
	// kept with the draft, wherever the person goes on
	await noor.page.reload();
	await expect(tray(noor.page).getByText('Ready', { exact: true })).toHaveCount(3);
	await send(noor.page).click();
	await expect(tray(noor.page)).toHaveCount(0);
	for (const { page } of [noor, maya]) {
		await isShown(page, 'dropped.png');
		await expect(thread(page).getByRole('link', { name: /noor\.vcf/ })).toBeVisible();
	}
	await expect
		.poll(async () =>
			(await handset.texts()).filter(({ from }) => from !== handset.e164).map(({ files }) => files.length)
		)
		.toEqual([3]);

	await handset.text(number.e164, '', [
		{ type: 'image/png', data: png.toString('base64') },
		{ type: 'image/png', data: Buffer.from('<svg onload="alert(1)"/>').toString('base64') }
	]);
	for (const { page } of [noor, maya]) {
		await isShown(page, 'image-1.png');
		await expect(thread(page).getByText('A kind of file that is not kept here')).toBeVisible();
	}

	const address = await thread(maya.page).getByRole('link', { name: 'image-1.png' }).getAttribute('href');
	const answer = await maya.page.request.get(address!);
	expect(answer.headers()).toMatchObject({
		'content-type': 'image/png',
		'x-content-type-options': 'nosniff',
		'content-disposition': expect.stringMatching(/^inline; filename/) as unknown,
		'content-security-policy': expect.stringContaining("default-src 'none'") as unknown
	});
	const saved = await maya.page.request.get(`${address}?save`);
	expect(saved.headers()['content-disposition']).toMatch(/^attachment/);
	const stranger = await browser.newContext({ baseURL: env.APP_URL });
	expect((await stranger.request.get(address!)).status()).toBe(404);
	for (const { context } of [noor, maya]) await context.close();
	await stranger.close();
});

test('R3.8 what cannot go says why: no picture, too many, cancelled; abroad a link takes the file’s place for a week', async ({
	browser
}) => {
	const { owner, organization, number } = await team();
	const { page, context } = await signIn(browser, owner);
	const abroad = '+447700900123';
	await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(abroad)}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ to: number.e164, body: 'The contract, please' })
	});
	await open(page, organization, 'The contract, please');

	await choose(page, [
		{ name: '../../door.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<html><script>alert(1)</script>') },
		{ name: 'nothing.png', mimeType: 'image/png', buffer: Buffer.alloc(0) }
	]);
	await expect(tray(page).getByRole('alert')).toHaveText([/Files of this kind cannot be sent/, /This file is empty/]);
	await composer(page).fill('Here it is:');
	await send(page).click();
	await expect(page.getByText(/A file is still on its way/)).toBeVisible();
	await tray(page)
		.getByRole('button', { name: /Remove .*door\.jpg/ })
		.click();
	await tray(page).getByRole('button', { name: 'Remove nothing.png' }).click();

	await choose(page, [picture('contract.html')]);
	await tray(page).getByRole('button', { name: 'Put a link in the text' }).click();
	await expect(composer(page)).toHaveValue(/^Here it is: https?:\/\/\S+\/a\/[\w-]{22}$/);
	const link = (await composer(page).inputValue()).slice('Here it is: '.length);
	await send(page).click();
	await expect(thread(page).getByText('Here it is:')).toBeVisible();

	const visitor = await browser.newPage();
	await visitor.goto(link);
	await expect(visitor.getByRole('heading', { name: 'contract.html' })).toBeVisible();
	const saving = visitor.waitForEvent('download');
	await visitor.getByRole('link', { name: 'Save the file' }).click();
	expect((await saving).suggestedFilename()).toBe('contract.html.png');
	await visitor.goto(`${link.slice(0, -1)}_`);
	await expect(visitor.getByRole('heading', { name: 'This link opens nothing' })).toBeVisible();
	await visitor.close();

	// without a script the form takes the file, and the link stands in the text
	const plain = await browser.newContext({
		baseURL: env.APP_URL,
		javaScriptEnabled: false,
		storageState: await context.storageState()
	});
	const form = await plain.newPage();
	await form.goto(page.url());
	await composer(form).fill('And once more:');
	await form.locator('input[name=files]').setInputFiles([picture('again.png')]);
	await send(form).click();
	await expect(form.getByText(/Links to them stand in your text now/)).toBeVisible();
	await expect(composer(form)).toHaveValue(/^And once more: https?:\/\/\S+\/a\/[\w-]{22}$/);
	await send(form).click();
	await expect(thread(form).getByText('And once more:')).toBeVisible();
	await plain.close();
	await context.close();
});
