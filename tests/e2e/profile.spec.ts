import { expect, test, type Page } from '@playwright/test';
import { env, signIn, sql, team } from '../support/browsers.ts';
import { accessToken } from '../support/people.ts';
import { jpegWithPlace, png, svg } from '../support/pictures.ts';

const profileOf = async (userId: string) =>
	(await sql`select username, full_name, locale, time_zone, avatar_path from public.profiles where id = ${userId}`)[0]!;

/** The picture at the top of the profile page, and whether the browser could draw it. */
const drawn = (page: Page) =>
	page
		.locator('main img')
		.first()
		.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0);

test('R6.2 R6.3 a profile is changed with a visible confirmation, and the page knows the new name at once', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/profile`);
	const username = `${owner.username.slice(0, 20)}_new`;
	await page.getByLabel('Full name').fill('Noor al-Haddad');
	await page.getByLabel('Username').fill(username.toUpperCase());
	await expect(page.getByText(`@${username} is free`).first()).toBeVisible();
	await page.getByLabel('Dates and figures as in').selectOption('pt-BR');
	await page.getByLabel('Time zone').fill('lisbon');
	await page.getByRole('button', { name: 'Save' }).first().click();
	await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
	expect(await profileOf(owner.userId)).toMatchObject({
		username,
		full_name: 'Noor al-Haddad',
		locale: 'pt-BR',
		time_zone: 'Europe/Lisbon'
	});
	await expect(page.getByRole('button', { name: 'Account: Noor al-Haddad' })).toBeVisible();
	await context.close();
});

for (const javaScriptEnabled of [true, false]) {
	test(`R6.3 wrong input is refused beside its field and nothing typed is lost (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async ({
		browser
	}) => {
		const { owner, colleague, organization } = await team();
		const { page, context } = await signIn(browser, owner, { javaScriptEnabled });
		await page.goto(`/${organization.slug}/settings/profile`);
		await page.getByLabel('Full name').fill('Noor of the Sea');
		await page.getByLabel('Username').fill(colleague.username);
		await page.getByLabel('Time zone').fill('Atlantis');
		await page.getByRole('button', { name: 'Save' }).first().click();
		await expect(page.getByText('Choose a time zone of the list')).toBeVisible();
		await expect(page.getByLabel('Time zone')).toHaveAttribute('aria-invalid', 'true');
		await page.getByLabel('Time zone').fill('Europe/Berlin');
		await page.getByRole('button', { name: 'Save' }).first().click();
		await expect(page.getByText('Somebody has this username already').first()).toBeVisible();
		await expect(page.getByLabel('Full name')).toHaveValue('Noor of the Sea');
		await expect(page.getByLabel('Username')).toHaveValue(colleague.username);
		await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Berlin');
		expect(await profileOf(owner.userId)).toMatchObject({ username: owner.username, full_name: owner.fullName });

		await page.getByLabel('Username').fill(owner.username);
		await page.getByRole('button', { name: 'Save' }).first().click();
		await expect(page.getByText('Saved.')).toBeVisible();
		expect(await profileOf(owner.userId)).toMatchObject({ full_name: 'Noor of the Sea', time_zone: 'Europe/Berlin' });
		await context.close();
	});
}

test('R6.3 without JavaScript the page that says that it is saved shows what was saved', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/settings/profile`);
	await page.getByLabel('Full name').fill('Noor al-Haddad');
	await page.getByRole('button', { name: 'Save' }).first().click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByLabel('Full name')).toHaveValue('Noor al-Haddad');

	await page.goto(`/${organization.slug}/settings/organization`);
	await page.getByLabel('Name', { exact: true }).fill('Tide and sons');
	await page.getByRole('button', { name: 'Save' }).first().click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Tide and sons');
	await context.close();
});

test('R6.2 a picture is drawn anew on the device, checked, and shown to colleagues without a reload', async ({
	browser
}) => {
	const { owner, colleague, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/profile`);
	await page.getByLabel('Full name').fill('Still typing');
	await page
		.getByLabel('Choose a picture')
		.setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: jpegWithPlace });
	await expect(page.getByText('Saved. Colleagues see the new picture now.')).toBeVisible({ timeout: 20_000 });
	await expect.poll(() => drawn(page)).toBe(true);
	// what somebody was typing meanwhile stays
	await expect(page.getByLabel('Full name')).toHaveValue('Still typing');

	const { avatar_path } = await profileOf(owner.userId);
	const [object] = await sql`select metadata from storage.objects where name = ${avatar_path}`;
	expect(object!.metadata).toMatchObject({ mimetype: 'image/webp' });
	const address = `${env.SUPABASE_URL}/storage/v1/object/authenticated/avatars/${avatar_path}`;
	const read = await fetch(address, {
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${accessToken(env.SUPABASE_JWT_SECRET, colleague)}`
		}
	});
	expect(read.status).toBe(200);
	expect(Buffer.from(await read.arrayBuffer()).includes('Exif')).toBe(false);

	const other = await signIn(browser, colleague);
	const picture = await other.page.request.get(`/files/avatars/${avatar_path}`);
	expect(picture.status()).toBe(200);
	expect(picture.headers()).toMatchObject({
		'content-type': 'image/webp',
		'cache-control': 'private, max-age=300',
		'x-content-type-options': 'nosniff'
	});
	const again = await other.page.request.get(`/files/avatars/${avatar_path}`, {
		headers: { 'if-none-match': picture.headers().etag ?? '' }
	});
	expect(again.status()).toBe(304);
	const stranger = await signIn(browser, (await team()).owner);
	expect((await stranger.page.request.get(`/files/avatars/${avatar_path}`)).status()).toBe(404);

	await page.getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByText('Saved. The picture is gone.')).toBeVisible();
	expect((await profileOf(owner.userId)).avatar_path).toBeNull();
	for (const opened of [context, other.context, stranger.context]) await opened.close();
});

test('R6.2 an SVG is refused in words, whatever it calls itself', async ({ browser }) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/profile`);
	for (const mimeType of ['image/svg+xml', 'image/png']) {
		await page.getByLabel('Choose a picture').setInputFiles({ name: 'me.png', mimeType, buffer: svg });
		await expect(page.getByRole('alert')).toContainText('This is not a PNG, JPEG or WebP picture.');
	}
	expect(await sql`select from storage.objects where name like ${`${owner.userId}/%`}`).toHaveLength(0);
	await context.close();
});

test('R6.2 without JavaScript a photograph goes up as it is, and loses where it was taken before anybody sees it', async ({
	browser
}) => {
	const { owner, organization } = await team();
	const { page, context } = await signIn(browser, owner, { javaScriptEnabled: false });
	await page.goto(`/${organization.slug}/settings/profile`);
	await page
		.getByLabel('Choose a picture')
		.setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: jpegWithPlace });
	await page.getByRole('button', { name: 'Use it' }).click();
	await expect(page.getByText(/We are looking at the file|Saved\. Colleagues see/)).toBeVisible();
	await expect.poll(async () => (await profileOf(owner.userId)).avatar_path, { timeout: 20_000 }).not.toBeNull();
	await page.reload();
	const picture = await page.request.get((await page.locator('main img').getAttribute('src')) ?? '');
	const bytes = await picture.body();
	expect(picture.headers()['content-type']).toBe('image/jpeg');
	expect(bytes.includes('GPS of the harbour')).toBe(false);
	// 6 by 4 pixels and lying on its side: the browser must still know
	const page2 = await context.browser()!.newPage();
	const size = await page2.evaluate(
		async (data) => {
			const bitmap = await createImageBitmap(await (await fetch(data)).blob());
			return [bitmap.width, bitmap.height];
		},
		`data:image/jpeg;base64,${bytes.toString('base64')}`
	);
	expect(size).toEqual([4, 6]);
	await page2.close();

	const big = Buffer.concat([png, Buffer.alloc(2.5 * 1024 * 1024)]);
	await page.getByLabel('Change the picture').setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer: big });
	await page.getByRole('button', { name: 'Use it' }).click();
	await expect(page.getByRole('alert')).toContainText('more than 2 MB');
	await context.close();
});

test('R6.2 an organization’s logo is changed by those who run it, and stands in the menu', async ({ browser }) => {
	const { owner, colleague, organization } = await team();
	const { page, context } = await signIn(browser, owner);
	await page.goto(`/${organization.slug}/settings/logo`);
	await page.getByLabel('Choose a logo').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png });
	await expect(page.getByText('Saved. Colleagues see the new logo now.')).toBeVisible({ timeout: 20_000 });
	await expect(page.locator('.rail-organization img')).toBeVisible();
	const other = await signIn(browser, colleague);
	expect((await other.page.goto(`/${organization.slug}/settings/logo`))?.status()).toBe(403);
	await context.close();
	await other.context.close();
});
