import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { env, patiently, signIn, sql, team } from '../support/browsers.ts';
import { complaints, expectToFit, expectToReadWell } from '../support/looks.ts';
import { addMember, createNumber, createPerson, testPassword } from '../support/people.ts';

type Scene = Awaited<ReturnType<typeof crowded>>;

/** Every page there is, by its route, with an address that has something to show; '' where another file looks at it. */
const members: Record<string, (scene: Scene) => string> = {
	'(member)/[slug]/contacts': ({ home }) => `${home}/contacts`,
	// search-contacts.spec.ts
	'(member)/[slug]/contacts/[contactId]': () => '',
	'(member)/[slug]/contacts/import': ({ home }) => `${home}/contacts/import`,
	// dashboard.spec.ts
	'(member)/[slug]/dashboard': () => '',
	'(member)/[slug]/inbox': () => '',
	'(member)/[slug]/inbox/[conversationId]': () => '',
	'(member)/[slug]/inbox/[conversationId]/people': () => '',
	'(member)/[slug]/inbox/new': ({ home }) => `${home}/inbox/new`,
	'(member)/[slug]/inbox/notifications': ({ home }) => `${home}/inbox/notifications`,
	'(member)/[slug]/more': ({ home }) => `${home}/more`,
	'(member)/[slug]/numbers': ({ home }) => `${home}/numbers`,
	// numbers.spec.ts
	'(member)/[slug]/numbers/[numberId]': () => '',
	'(member)/[slug]/numbers/buy': ({ home }) => `${home}/numbers/buy?country=US`,
	'(member)/[slug]/numbers/buy/[e164]': ({ home, offered }) => `${home}/numbers/buy/${offered}?country=US`,
	'(member)/[slug]/numbers/orders/[orderId]': ({ home, order }) => `${home}/numbers/orders/${order}`,
	'(member)/[slug]/scheduled': ({ home }) => `${home}/scheduled`,
	'(member)/[slug]/settings': ({ home }) => `${home}/settings`,
	'(member)/[slug]/settings/account': ({ home }) => `${home}/settings/account`,
	'(member)/[slug]/settings/api-keys': ({ home }) => `${home}/settings/api-keys`,
	'(member)/[slug]/settings/api-keys/[keyId]': ({ home, key }) => `${home}/settings/api-keys/${key}`,
	'(member)/[slug]/settings/api-keys/tests': ({ home }) => `${home}/settings/api-keys/tests`,
	'(member)/[slug]/settings/api-keys/new': ({ home }) => `${home}/settings/api-keys/new`,
	'(member)/[slug]/settings/audit-log': ({ home }) => `${home}/settings/audit-log`,
	'(member)/[slug]/settings/billing': ({ home }) => `${home}/settings/billing`,
	'(member)/[slug]/settings/billing/plan': ({ home }) => `${home}/settings/billing/plan`,
	'(member)/[slug]/settings/codes': ({ home }) => `${home}/settings/codes`,
	// codes.spec.ts
	'(member)/[slug]/settings/codes/[messageId]': () => '',
	'(member)/[slug]/settings/confirm': ({ home }) => `${home}/settings/confirm`,
	'(member)/[slug]/settings/inbox': ({ home }) => `${home}/settings/inbox`,
	'(member)/[slug]/settings/invitations': ({ home }) => `${home}/settings/invitations`,
	'(member)/[slug]/settings/logo': ({ home }) => `${home}/settings/logo`,
	'(member)/[slug]/settings/members': ({ home }) => `${home}/settings/members`,
	'(member)/[slug]/settings/members/[userId]': ({ home, colleague }) => `${home}/settings/members/${colleague.userId}`,
	'(member)/[slug]/settings/notifications': ({ home }) => `${home}/settings/notifications`,
	'(member)/[slug]/settings/number-access': ({ home }) => `${home}/settings/number-access`,
	'(member)/[slug]/settings/number-access/[numberId]': ({ home, number }) =>
		`${home}/settings/number-access/${number.id}`,
	'(member)/[slug]/settings/opt-outs': ({ home }) => `${home}/settings/opt-outs`,
	'(member)/[slug]/settings/organization': ({ home }) => `${home}/settings/organization`,
	'(member)/[slug]/settings/profile': ({ home }) => `${home}/settings/profile`,
	'(member)/[slug]/settings/retention': ({ home }) => `${home}/settings/retention`,
	'(member)/[slug]/settings/security': ({ home }) => `${home}/settings/security`,
	'(member)/[slug]/settings/security/password': ({ home }) => `${home}/settings/security/password`,
	'(member)/[slug]/settings/statement': ({ home }) => `${home}/settings/statement`,
	'(member)/[slug]/settings/api-usage': ({ home }) => `${home}/settings/api-usage`,
	'(member)/[slug]/settings/api-usage/requests': ({ home }) => `${home}/settings/api-usage/requests`,
	'(member)/[slug]/settings/templates': ({ home }) => `${home}/settings/templates`,
	// dashboard.spec.ts
	'(member)/[slug]/settings/usage': () => '',
	'(member)/[slug]/settings/webhooks': ({ home }) => `${home}/settings/webhooks`,
	'(member)/[slug]/settings/webhooks/[endpointId]': ({ home, webhook }) => `${home}/settings/webhooks/${webhook}`,
	'(member)/[slug]/verifications': ({ home }) => `${home}/verifications`,
	'(member)/[slug]/verifications/[verificationId]': ({ home, verification }) => `${home}/verifications/${verification}`,
	'(member)/[slug]/verifications/export': ({ home }) => `${home}/verifications/export`,
	'(member)/[slug]/verifications/new': ({ home }) => `${home}/verifications/new`,
	'(person)/organizations/new': () => '/organizations/new'
};
const visitors: Record<string, string> = {
	'(public)': '/',
	'(public)/pricing': '/pricing',
	'(public)/status': '/status',
	'(visitor)/check-mail': '/check-mail?email=a%40b.example',
	'(visitor)/forgot-password': '/forgot-password',
	'(visitor)/invitation': '/invitation',
	'(visitor)/reset-password': '/reset-password?token_hash=x',
	'(visitor)/sign-in': '/sign-in',
	'(visitor)/sign-up': '/sign-up',
	'(visitor)/unsubscribe': '/unsubscribe?token=x',
	'(visitor)/verify': '/verify?token_hash=x&type=signup',
	docs: '/docs',
	'docs/[guide]': '/docs/codes-in-playwright',
	'docs/errors': '/docs/errors',
	'docs/errors/[code]': '/docs/errors/rate_limited',
	'a/[token]': '/a/nothing-is-behind-this',
	// sessions.spec.ts
	suspended: ''
};

/** Another realm: operators-glass.spec.ts */
const operators = [
	'admin/(console)',
	'admin/(console)/abuse',
	'admin/(console)/differences',
	'admin/(console)/events',
	'admin/(console)/events/errors',
	'admin/(console)/events/webhooks',
	'admin/(console)/failures',
	'admin/(console)/health',
	'admin/(console)/jobs',
	'admin/(console)/log',
	'admin/(console)/numbers',
	'admin/(console)/operators',
	'admin/(console)/organizations/[organizationId]',
	'admin/(console)/organizations/[organizationId]/conversations',
	'admin/(console)/people/[userId]',
	'admin/sign-in'
];

/** A team with names as long as they may be, and one of everything that its settings list. */
async function crowded() {
	const { owner, colleague, organization } = await team();
	const home = `/${organization.slug}`;
	const long = 'Wolfeschlegelsteinhausenbergerdorff';
	await sql`update public.organizations set name = ${`${long} ${long} Stays`} where id = ${organization.id}`;
	await sql`update public.profiles set full_name = ${`${long}${long}`} where id = ${colleague.userId}`;
	const viewer = await createPerson(sql, env, {
		fullName: `Anna ${long}`,
		email: `${randomUUID()}@${long.toLowerCase()}.example`
	});
	await addMember(sql, organization.id, viewer, 'viewer');
	const number = await createNumber(sql, null, {
		organizationId: organization.id,
		label: 'The line for the night and for holidays',
		grants: [{ role: 'viewer' }, { userId: colleague.userId }]
	});
	await sql`
		insert into public.invitations (organization_id, email, role, invited_by, refused_at)
		values (${organization.id}, ${`${long}.${long}@else.example`.toLowerCase()}, 'admin', ${owner.userId}, now()),
			(${organization.id}, 'mail@else.example', 'viewer', ${owner.userId}, null)`;
	await sql`
		insert into public.ownership_offers (organization_id, offered_by, offered_to)
		values (${organization.id}, ${owner.userId}, ${colleague.userId})`;
	await sql`
		insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, object_id, before, after)
		values (${organization.id}, 'person', ${colleague.userId}, 'role.changed', 'member', ${viewer.userId},
				'{"role": "member"}', '{"role": "viewer"}'),
			(${organization.id}, 'platform', null, 'organization.resumed', 'organization', ${organization.id}, null, null)`;
	await sql`
		insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, actor_id)
		select ${owner.userId}, ${organization.id}, ${number.id},
			private.open_conversation(${organization.id}, ${number.id}, '+14155550193'), kind::public.notification_kind, 0,
			${colleague.userId}
		from unnest(array['mention', 'assigned', 'failed']) kind`;
	const [asked] = await sql`
		insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, note, ttl_seconds,
			idempotency_key, expires_at, status, cancel_reason, late_count)
		values (${organization.id}, ${number.id}, ${`${long}${long}`}, ${colleague.userId}, ${long.repeat(9)}, 600, 'asked', now(),
			'cancelled', ${long.repeat(5)}, 1)
		returning id`;
	const [ordered] = await sql`
		insert into public.number_orders (organization_id, ordered_by, idempotency_key, e164, label, country_code, kind, capabilities,
			cost_micros, monthly_micros, setup_micros, status)
		values (${organization.id}, ${owner.userId}, 'ordered', '+14155550188', ${`${long}`}, 'US', 'local', '{sms,voice}',
			1150000, 1150000, 0, 'held')
		returning id`;
	const [key] = await sql`
		insert into public.api_keys (organization_id, name, mode, public_id, scopes, created_at, last_used_at, last_used_address,
			last_used_endpoint, rotated_at, expires_at)
		values (${organization.id}, ${long + long.slice(0, 25)}, 'test', ${randomUUID().slice(0, 8)},
				'{messages:read,messages:write,usage:read}', now() - interval '90 days', now(), '2001:db8:85a3:8d3:1319:8a2e:370:7348',
				'POST /v1/verifications/:id/cancel', null, null),
			(${organization.id}, 'Old importer', 'live', ${randomUUID().slice(0, 8)}, '{contacts:write}', now(), null, null, null,
				now(), now() + interval '1 day')
		returning id`;
	await sql`
		insert into public.api_key_refusals (organization_id, key_id, reason, address)
		values (${organization.id}, ${key!.id}, 'mistyped', '2001:db8:85a3:8d3:1319:8a2e:370:7348')`;
	const [webhook] = await sql`
		insert into public.webhook_endpoints (organization_id, url, event_types, description, failures, failing_since, blocked_until)
		values (${organization.id}, ${`https://${long.toLowerCase()}.example/${long.repeat(4)}`},
			'{message.received,message.status_changed}', ${long.repeat(4)}, 6, now(), now() + interval '1 hour')
		returning id`;
	await sql`
		with event as (
			insert into private.webhook_events (organization_id, type, facts)
			values (${organization.id}, 'limit.reached', ${sql.json({ limit: long.repeat(5) })}) returning id)
		insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key, status, last_failure)
		select ${organization.id}, ${webhook!.id}, id, 'verification.code_received', id, 'parked', 'timeout' from event`;
	return {
		owner,
		colleague,
		number,
		home,
		key: String(key!.id),
		webhook: String(webhook!.id),
		verification: String(asked!.id),
		order: String(ordered!.id),
		offered: await offeredNumber()
	};
}

/** One of the numbers that the carrier has for sale. */
async function offeredNumber(): Promise<string> {
	const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CARRIER_URL } = env;
	const list = `${CARRIER_URL}/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/AvailablePhoneNumbers/US/Local.json?PageSize=1`;
	const authorization = `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}`;
	const found = (await (await fetch(list, { headers: { authorization } })).json()) as {
		available_phone_numbers: [{ phone_number: string }];
	};
	return found.available_phone_numbers[0].phone_number;
}

/** Small in the light, wide in the dark: both looks and both layouts, at half the price of all four. */
async function lookAt(page: Page, path: string): Promise<void> {
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize({ width: 360, height: 740 });
	await page.goto(path);
	// the page itself, not one that it sends people away to
	expect(new URL(page.url()).pathname).toBe(path.split('?')[0]);
	await expectToReadWell(page, { once: true });
	await page.setViewportSize({ width: 320, height: 740 });
	await expectToFit(page);
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.setViewportSize({ width: 1440, height: 800 });
	await expectToReadWell(page, { once: true });
}

test('every page is looked at', () => {
	const folder = fileURLToPath(new URL('../../web/src/routes', import.meta.url));
	const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('+page.svelte'))
		.map((file) => dirname(file).replaceAll('\\', '/'));
	expect(pages.sort()).toEqual([...Object.keys(members), ...Object.keys(visitors), ...operators].sort());
});

test('R6.2 every page of an account and an organization reads well, light and dark, on a phone and a desk', async ({
	browser
}) => {
	test.setTimeout(480_000);
	const scene = await crowded();
	const { page, context } = await signIn(browser, scene.owner);
	const heard = complaints(page);
	for (const address of Object.values(members)) if (address(scene)) await lookAt(page, address(scene));
	// with the note above every page that says how long there is to change one's mind
	await sql`update public.profiles set deletion_requested_at = now() where id = ${scene.owner.userId}`;
	await lookAt(page, `${scene.home}/settings/account`);
	expect(heard).toEqual([]);
	await context.close();
});

test('R1.1 R1.2 every page for visitors reads well, light and dark, on a phone and a desk', async ({ browser }) => {
	test.setTimeout(240_000);
	const context = patiently(await browser.newContext({ baseURL: env.APP_URL }));
	const page = await context.newPage();
	const heard = complaints(page);
	for (const path of Object.values(visitors)) if (path) await lookAt(page, path);
	for (const path of ['/reset-password', '/verify?type=email_change&token_hash=x']) await lookAt(page, path);
	expect(heard).toEqual([]);
	await context.close();
});

/** Moves on by Tab alone until something has the focus. */
async function tabTo(page: Page, goal: Locator): Promise<void> {
	await expect(goal).toBeVisible();
	const isThere = () => goal.evaluate((element) => element === document.activeElement);
	for (let presses = 0; presses < 80 && !(await isThere()); presses++) await page.keyboard.press('Tab');
	await expect(goal).toBeFocused();
}

test('R6.2 R6.4 signing in, inviting, changing a role with a fresh password and signing out, by keyboard alone', async ({
	browser
}) => {
	const { owner, colleague, organization } = await team();
	const context = patiently(await browser.newContext({ baseURL: env.APP_URL }));
	const page = await context.newPage();
	const settings = `/${organization.slug}/settings`;
	const press = async (goal: Locator) => {
		await tabTo(page, goal);
		await page.keyboard.press('Enter');
	};
	await page.goto(`/sign-in?next=${settings}`);
	await tabTo(page, page.getByLabel('E-mail address'));
	await page.keyboard.type(owner.email);
	await tabTo(page, page.getByLabel('Password', { exact: true }));
	await page.keyboard.type(testPassword);
	await page.keyboard.press('Enter');
	await page.waitForURL(`**${settings}`);

	await press(page.getByRole('link', { name: 'Invitations' }).first());
	await page.waitForURL('**/invitations');
	await tabTo(page, page.getByLabel('E-mail addresses'));
	await page.keyboard.type('wren@else.example');
	await press(page.getByRole('button', { name: 'Invite', exact: true }));
	await expect(page.getByRole('button', { name: 'Send again to wren@else.example' })).toBeVisible();
	await press(page.getByRole('button', { name: 'Revoke the invitation of wren@else.example' }));
	await expect(page.getByText('Revoked.')).toBeVisible();

	await press(page.getByRole('link', { name: 'Members' }).first());
	await page.waitForURL('**/members');
	await press(page.getByRole('main').locator(`a[href$="${colleague.userId}"]`).first());
	await page.waitForURL(`**/${colleague.userId}`);
	await sql`
		update private.session_details set password_entered_at = now() - interval '16 minutes' where user_id = ${owner.userId}`;
	await tabTo(page, page.getByLabel(/may do/));
	await page.keyboard.press('ArrowDown');
	await press(page.getByRole('button', { name: 'Save' }));
	await expect(page.getByRole('dialog').getByLabel('Password', { exact: true })).toBeFocused();
	await page.keyboard.type(testPassword);
	await page.keyboard.press('Enter');
	await expect(page.getByText('Saved.')).toBeVisible();
	const [role] = await sql`
		select role from public.memberships where organization_id = ${organization.id} and user_id = ${colleague.userId}`;
	expect(role?.role).toBe('viewer');

	await press(page.getByRole('link', { name: 'Security' }).first());
	await page.waitForURL('**/security');
	await press(page.getByRole('button', { name: 'Sign out everywhere' }));
	await page.waitForURL('**/sign-in');
	await context.close();
});
