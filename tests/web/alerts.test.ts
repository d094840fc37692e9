// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Notification } from '#core/notifications.ts';
import { Alerts } from '#lib/notifications/alerts.ts';
import * as device from '#lib/notifications/device.ts';
import { conversation } from './conversation-rows.ts';

const heard = vi.hoisted(() => ({ tones: 0 }));
vi.mock('#lib/notifications/tone.ts', () => ({
	prepareTone: () => undefined,
	playTone: async () => {
		heard.tones += 1;
		return true;
	}
}));

let here: { visible: boolean; open: string | undefined };
let shown: device.Words[];
let closed: string[];
let missed: number;
const all: Alerts[] = [];

beforeEach(() => {
	here = { visible: false, open: undefined };
	[shown, closed, missed, heard.tones] = [[], [], 0, 0];
	localStorage.clear();
	vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (here.visible ? 'visible' : 'hidden'));
	vi.spyOn(document, 'hasFocus').mockImplementation(() => here.visible);
	vi.spyOn(device, 'show').mockImplementation(async (words) => Boolean(shown.push(words)));
	vi.spyOn(device, 'close').mockImplementation(async (tags) => void closed.push(...tags));
	vi.spyOn(device, 'permission').mockReturnValue('granted');
});
afterEach(() => {
	for (const alerts of all.splice(0)) alerts.stop();
	vi.restoreAllMocks();
});

function alerts(): Alerts {
	const made = new Alerts({
		userId: 'me',
		conversations: [conversation({ id: 'known', last_seq: 4 })],
		notifications: [],
		openId: () => here.open,
		pageOf: (id) => `/team/inbox/${id}`,
		verificationPageOf: (id) => `/team/verifications/${id}`,
		nameOf: () => 'Maya',
		onmissed: () => (missed += 1)
	});
	all.push(made);
	return made;
}

const text = (id: string, seq: number, more = {}) =>
	conversation({
		id,
		phone_number_id: 'n',
		last_seq: seq,
		last_message_at: new Date(Date.now() + 1000).toISOString(),
		last_message_direction: 'inbound',
		last_message_body: `text ${seq}`,
		unread_count: 1,
		contact_name: 'Elena',
		...more
	});
const settled = () => new Promise((resolve) => setTimeout(resolve, 400));

test('R3.5 a text that comes while nobody looks sounds and is shown, once however often it is read', async () => {
	const telling = alerts();
	telling.see([text('known', 5)]);
	telling.see([text('known', 5)]);
	await settled();
	expect(shown).toEqual([{ title: 'Elena', body: 'text 5', tag: 'known', url: '/team/inbox/known' }]);
	expect(heard.tones).toBe(1);
});

test('R3.5 what is old, ours or read is no news', async () => {
	const telling = alerts();
	telling.see([
		text('known', 4),
		text('scrolled', 9, { last_message_at: '2020-01-01T00:00:00Z' }),
		text('ours', 2, { last_message_direction: 'outbound' }),
		text('read', 2, { unread_count: 0 })
	]);
	await settled();
	expect([shown, heard.tones]).toEqual([[], 0]);
});

test('R3.5 nothing sounds for the thread somebody looks at, in whichever tab; elsewhere in our pages it only sounds', async () => {
	const telling = alerts();
	here = { visible: true, open: 'known' };
	telling.see([text('known', 5)]);
	await settled();
	expect([shown.length, heard.tones]).toEqual([0, 0]);
	telling.see([text('other', 1)]);
	await settled();
	expect([shown.length, heard.tones]).toEqual([0, 1]);

	here = { visible: false, open: undefined };
	const otherTab = new BroadcastChannel('notifications:me');
	otherTab.onmessage = ({ data }) => data.ask && otherTab.postMessage({ answer: data.ask, nearness: 'looking' });
	telling.see([text('known', 6)]);
	await settled();
	expect([shown.length, heard.tones]).toEqual([0, 1]);
	otherTab.close();
});

test('R3.5 what this device switched off stays off, and the permission is only asked for after something was missed', async () => {
	device.turn('sound', false);
	device.turn('desktop', false);
	const telling = alerts();
	telling.see([text('known', 5)]);
	await settled();
	expect([shown.length, heard.tones, missed]).toEqual([0, 0, 0]);
	vi.mocked(device.permission).mockReturnValue('default');
	telling.see([text('known', 6)]);
	expect(missed).toBe(1);
	here.visible = true;
	telling.see([text('known', 7)]);
	expect(missed).toBe(1);
});

test('R3.5 mentions and failures are told as well, texts only once', async () => {
	const telling = alerts();
	const told = (id: string, kind: Notification['kind']) =>
		({
			id,
			kind,
			conversation_id: 'known',
			contact_name: 'Elena',
			texts: 1,
			actor_id: 'maya',
			body: 'b'
		}) as Notification;
	telling.hear([told('1', 'mention'), told('2', 'message')]);
	telling.hear([told('1', 'mention'), told('3', 'failed')]);
	await settled();
	expect(shown.map(({ title }) => title)).toEqual(['Maya mentioned you in Elena', 'Your text to Elena did not arrive']);
});

test('R5.5 what became of a request for a code is told, and leads to its page', async () => {
	const telling = alerts();
	const ended = { id: '1', kind: 'verification', conversation_id: null, verification_id: 'v', service_name: 'Google' };
	telling.hear([{ ...ended, verification_status: 'expired', actor_id: null, body: null } as Notification]);
	await settled();
	const title = 'Your request for a code of Google expired';
	expect(shown).toEqual([{ title, body: '', tag: 'v', url: '/team/verifications/v' }]);
});

test('R6.8 what is shown is put away when it was read on another device, and not before all of it was', async () => {
	const telling = alerts();
	// read while no page was open
	expect(closed).toEqual(['known']);
	const mention = { id: '1', kind: 'mention', conversation_id: 'known', contact_name: 'Elena' } as Notification;
	const request = { id: '2', kind: 'verification', conversation_id: null, verification_id: 'v' } as Notification;
	telling.see([text('known', 5)]);
	telling.hear([mention, request]);
	closed = [];
	telling.see([text('known', 5, { unread_count: 0 })]);
	expect(closed).toEqual([]);
	telling.hear([request]);
	expect(closed).toEqual(['known']);
	telling.hear([]);
	expect(closed).toEqual(['known', 'v']);
	telling.see([text('known', 6)]);
	telling.see([text('known', 6, { unread_count: 0 })]);
	expect(closed).toEqual(['known', 'v', 'known']);
});
