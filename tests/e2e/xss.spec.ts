import { expect, test, type Page } from '@playwright/test';
import { signIn, sql, team } from '../support/browsers.ts';

// two or three people each, which takes long on a busy machine
test.describe.configure({ timeout: 150_000 });

/** Each sets a mark in the window if anything of it ever runs. */
const corpus = [
	`<script>window.ran=1</script>`,
	`<img src=x onerror=window.ran=1>`,
	`"><svg onload=window.ran=1>`,
	`'"><input autofocus onfocus=window.ran=1>`,
	`</title></textarea></style><script>window.ran=1</script>`,
	`<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`,
	`<math><mtext><mglyph><style></math><img src onerror=window.ran=1>`,
	`<a href="javascript:window.ran=1">press</a>`,
	`javascript:window.ran=1//https://a.example`,
	`https://a.example/"onmouseover="window.ran=1`,
	`data:text/html,<script>opener.ran=1</script>`,
	`{{constructor.constructor('window.ran=1')()}}`,
	`\${window.ran=1} {@html '<script>'} %3Cscript%3Ewindow.ran=1%3C/script%3E`,
	`]]><script>window.ran=1</script><!--`,
	`\u2028window.ran=1\u202egnp.exe`
];
const short = `"><img src=x onerror=window.ran=1>`;

/** What runs, asks or breaks the policy on a page, from now on. */
async function watch(page: Page): Promise<string[]> {
	const found: string[] = [];
	page.on('dialog', (dialog) => {
		found.push(`a dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('pageerror', (error) => found.push(String(error)));
	page.on('console', (message) => {
		if (/Content.Security.Policy|violates/i.test(message.text())) found.push(message.text());
	});
	await page.addInitScript(() => {
		document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
			console.error(`violates ${violatedDirective} ${blockedURI} ${sample}`)
		);
	});
	return found;
}

test('R3.2 R3.8 R3.7 hostile words in texts, names, files, notes, templates and notifications are only ever words', async ({
	browser
}) => {
	const { owner, colleague, organization, number, handset: phone } = await team();
	for (const body of corpus) await phone.text(number.e164, body);
	await expect
		.poll(async () => (await sql`select from public.messages where organization_id = ${organization.id}`).length)
		.toBe(corpus.length);
	const [conversation] = await sql`
		select id, last_message_id from public.conversations where organization_id = ${organization.id}`;
	const id = String(conversation!.id);
	await sql`update public.contacts set name = ${short} where organization_id = ${organization.id}`;
	await sql`update public.organizations set name = ${short} where id = ${organization.id}`;
	await sql`update public.profiles set full_name = ${short} where id = ${colleague.userId}`;
	await sql`update public.phone_numbers set label = ${short} where id = ${number.id}`;
	await sql`
		insert into public.attachments (organization_id, phone_number_id, conversation_id, message_id, name, type, size, status)
		values (${organization.id}, ${number.id}, ${id}, ${conversation!.last_message_id}, ${`${short}.svg`}, 'application/pdf', 70, 'ready')`;
	await sql`update public.messages set attachment_count = 1 where id = ${conversation!.last_message_id}`;
	await sql`insert into public.templates (organization_id, name, body) values (${organization.id}, ${short}, ${corpus.join('\n')})`;
	await sql`
		insert into public.notes (conversation_id, author_id, body, mentioned_ids, idempotency_key)
		values (${id}, ${colleague.userId}, ${`@${owner.username} ${corpus.join('\n')}`}, array[${owner.userId}]::uuid[], 'hostile')`;
	const [note] = await sql`select id, after_seq from public.notes where conversation_id = ${id}`;
	await sql`
		select private.notify_mentions(${id}, ${colleague.userId}, array[${owner.userId}]::uuid[], ${note!.id}, null, ${note!.after_seq})`;

	const { context, page } = await signIn(browser, owner);
	const found = await watch(page);
	const pages = [
		'/inbox',
		'/inbox/notifications',
		`/inbox/${id}`,
		`/inbox?q=${encodeURIComponent(short)}`,
		`/inbox/new`,
		'/contacts',
		'/settings/members',
		'/settings/number-access',
		'/settings/templates',
		'/settings/notifications'
	];
	let words = '';
	for (const path of pages) {
		await page.goto(`/${organization.slug}${path}`);
		await page.mouse.move(300, 300);
		words += await page.locator('body').innerText();
		expect([path, await page.evaluate(() => 'ran' in window)]).toEqual([path, false]);
		const strange = await page
			.locator('a[href]')
			.evaluateAll((links) =>
				(links as HTMLAnchorElement[]).map(({ href }) => href).filter((href) => !/^(https?|mailto|tel):/.test(href))
			);
		expect([path, strange]).toEqual([path, []]);
		expect([path, await page.locator('iframe, object, embed, svg[onload], img[onerror]').count()]).toEqual([path, 0]);
	}
	// they were there to be seen
	await page.goto(`/${organization.slug}/inbox/${id}`);
	await expect(page.getByRole('log').getByText('<script>window.ran=1</script>', { exact: true })).toBeVisible();
	await expect(page.getByRole('article', { name: 'Internal note' })).toContainText(corpus[2]!);
	expect(words).toContain(short);

	// what comes while one looks goes other ways
	await phone.text(number.e164, `live ${corpus.join(' ')}`.slice(0, 1500));
	await expect(page.getByRole('log').getByText('live <script>')).toBeVisible();
	await page.getByRole('group', { name: 'What to write' }).getByRole('button', { name: 'Note' }).click();
	await page
		.getByRole('textbox', { name: 'Note', exact: true })
		.pressSequentially(`${short} @${colleague.username.slice(0, 3)}`);
	await expect(page.getByRole('option').first()).toBeVisible();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+Enter');
	await expect(page.getByRole('article', { name: 'Internal note' })).toHaveCount(2);
	expect(await page.evaluate(() => 'ran' in window)).toBe(false);
	expect(found).toEqual([]);
	await context.close();
});
