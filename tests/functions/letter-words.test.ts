/** What the letters say; how they are sent is in letters.test.ts. */
import { expect, test } from 'vitest';
import { invitation, notices } from '../../supabase/functions/_shared/mail/letters.ts';

const surroundings = { appUrl: 'https://app.example', timeZone: 'Europe/Berlin' };
const details = {
	organization_name: 'Tide & <b>Water</b>',
	inviter_name: 'Noor "Hadi"',
	actor_name: "O'Neil",
	role: 'admin',
	slug: 'tide-water',
	about: '<b>Water</b> & Co',
	conversation_id: '11111111-1111-4111-8111-111111111111',
	expires_at: '2026-11-30T13:05:00Z',
	deletes_at: '2026-12-06T13:05:00Z',
	order_id: '22222222-2222-4222-8222-222222222222',
	e164: '+14155650173',
	place: '<b>Water</b>, CA',
	monthly_micros: 1_150_000,
	setup_micros: 0,
	ordered_at: '2026-11-23T10:44:01Z',
	renews_at: '2026-12-23T00:00:00Z',
	reason: 'number_sold',
	days: 3,
	time_zone: 'Europe/Berlin',
	numbers: [
		{ e164: '+14155650173', label: '<b>Water</b>', at: '2026-12-23T00:00:00Z', micros: 1_150_000, fate: 'renews' }
	],
	grace_ends_at: '2026-11-30T13:05:00Z',
	applies_at: '2026-12-23T03:07:00Z',
	plan_name: 'Pro',
	amount_micros: 20_000_000,
	ceiling_micros: 100_000_000,
	endpoint_id: '33333333-3333-4333-8333-333333333333',
	host: 'hooks.example',
	since: '2026-11-20T10:44:01Z',
	key_name: '<b>Water</b>',
	prefix: 'cum_live_Ab3dEf9h',
	refused_for: 'wrong_secret',
	address: '203.0.113.7',
	count: 20,
	limit_name: 'segments',
	percent: 80,
	used: 8012,
	most: 10_000,
	keys: [{ name: '<b>Water</b>', prefix: 'cum_live_Ab3dEf9h', at: '2026-11-30T13:05:00Z' }],
	kind: 'mention',
	event: 'mention',
	contact_name: '<b>Water</b> & Co',
	contact_number: null,
	title: null,
	number_label: '<b>Water</b>',
	verification_id: null,
	details: {},
	texts: 1,
	created_at: '2026-11-23T10:44:01Z',
	cadence: 'daily',
	total: 2,
	message: 'People complained about <b>Water</b> & more',
	step: 'slow',
	until: '2026-12-03T23:59:59Z'
};
const told = { ...details, entries: [details] };
const all = {
	invitation: invitation(details, 'a-token', surroundings),
	...Object.fromEntries(Object.entries(notices).map(([name, write]) => [name, write(told, surroundings)]))
};

test.each(Object.entries(all))('%s escapes what people chose, in HTML', (_, { html, text, subject }) => {
	expect(html).not.toContain('<b>Water');
	expect(html.replace(/&#\d+;/g, '')).not.toContain('&');
	expect(`${html}${text}${subject}`).not.toMatch(/undefined|null|NaN|\[object/);
	for (const url of html.match(/href="([^"]+)"/g) ?? []) expect(url).toMatch(/^href="https:\/\/app\.example\//);
	expect(subject).not.toMatch(/[\r\n]/);
});

test('R4.3 a receipt names the number, what was paid, and when it renews; a letter of the other ending, that nothing was', () => {
	const { number_bought: bought, number_not_bought: not } = all as Record<string, { text: string; subject: string }>;
	expect(bought!.subject).toBe('+1\u00a0415\u00a0565\u00a00173 is yours');
	expect(bought!.text).toContain('$1.15 for the first month');
	expect(bought!.text).toContain('renews on 23 December 2026 for $1.15 a month');
	expect(not!.text).toContain('Somebody else took this number first.');
	expect(not!.text).toContain('The $1.15 that was set aside is back');
	expect(not!.text).toContain('https://app.example/tide-water/numbers/orders/');
});

test('R4.5 a notice of a renewal names the number, the day of the organization’s calendar and the price', () => {
	const { number_renews_soon: soon, number_grace: grace } = all as Record<string, { text: string; subject: string }>;
	expect(soon!.subject).toBe('+1\u00a0415\u00a0565\u00a00173: the month that is paid ends in 3 days');
	expect(soon!.text).toContain('renews by itself on 23 December 2026 for $1.15');
	expect(grace!.text).toContain('texts still come in until 23 December 2026; $1.15 renews it');
});

test('an invitation names organization, inviter, role, the link, and its end by the organization’s clock', () => {
	const { text, subject } = all.invitation;
	expect(subject).toBe('Noor "Hadi" invites you to Tide & <b>Water</\u200bb>');
	expect(text).toContain('https://app.example/invitation?token=a-token');
	expect(text).toContain('as an admin');
	expect(text).toContain('30 November 2026 at 14:05 CET');
});

test('a name cannot smuggle a link, a line or a wall of text into somebody’s mail', () => {
	const { subject, text } = invitation(
		{
			...details,
			organization_name: `Win at evil.example\r\nBcc: x@y.example https://evil.example ${'x'.repeat(90)}`
		},
		'a-token',
		surroundings
	);
	expect(subject).not.toMatch(/[\r\n]|evil\.example|https:\/\/evil/);
	expect(text).not.toMatch(/evil\.example/);
	expect(subject.length).toBeLessThan(120);
});

test('R6.7 owners read how far their texts are held back, why, until when, and whom to write to', () => {
	const details = {
		...{ organization_name: 'Tidewater', slug: 'tidewater', message: 'Many never asked for it.' },
		until: '2026-12-03T23:59:59Z'
	};
	const told = (step: string, support?: string) =>
		notices.sending_throttled!({ ...details, step }, { appUrl: 'http://app.example', timeZone: 'UTC', support }).text;
	expect(told('hold', 'help@cumapp.example')).toMatch(/slower[^]+Many never asked for it\.[^]+help@cumapp\.example/);
	expect(told('slow')).toContain('until 3 December 2026');
	expect(told('stop')).toContain('Those that were waiting have failed');
	expect(notices.sending_freed!(details, { appUrl: 'http://app.example', timeZone: 'UTC' }).text).toContain(
		'Tidewater'
	);
});
