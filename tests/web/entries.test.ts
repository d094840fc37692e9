import { expect, test } from 'vitest';
import {
	entriesOf,
	hasFailed,
	needsWords,
	standingOf,
	turnsOf,
	unreadOf,
	type Pending,
	type Turn
} from '#lib/conversations/entries.ts';
import { message } from './conversation-rows.ts';

const at = (time: string) => `2026-11-22T${time}Z`;
const ours = (seq: number, time: string, given: Partial<Parameters<typeof message>[0]> = {}) =>
	message({ seq, direction: 'outbound', author_id: 'noor', status: 'delivered', created_at: at(time), ...given });
const theirs = (seq: number, time: string) => message({ seq, created_at: at(time) });

function shape(...arguments_: Parameters<typeof turnsOf>) {
	return turnsOf(...arguments_).map((item) =>
		item.kind === 'turn' ? item.entries.map(({ seq }) => seq) : item.kind === 'new' ? `${item.count} new` : 'day'
	);
}

test('R3.2 texts of one author within three minutes are one turn; days stand apart in the reader’s zone', () => {
	const entries = entriesOf(
		[theirs(1, '10:00:00'), theirs(2, '10:02:59'), theirs(3, '10:06:00'), ours(4, '10:06:10'), theirs(5, '23:30:00')],
		[],
		'noor'
	);
	expect(shape(entries, 'UTC', null)).toEqual(['day', [1, 2], [3], [4], [5]]);
	expect(shape(entries, 'Europe/Berlin', null)).toEqual(['day', [1, 2], [3], [4], 'day', [5]]);
});

test('a text that failed stands by itself, so that its reason stands below it', () => {
	const entries = entriesOf(
		[ours(1, '10:00:00'), ours(2, '10:00:10', { status: 'failed' }), ours(3, '10:00:20')],
		[],
		'noor'
	);
	expect(shape(entries, 'UTC', null)).toEqual(['day', [1], [2], [3]]);
});

test('R3.2 a text of theirs that the carrier changed stands by itself and has not failed', () => {
	const redacted = message({ seq: 2, created_at: at('10:00:10'), error_code: '30038' });
	const entries = entriesOf([theirs(1, '10:00:00'), redacted, theirs(3, '10:00:20')], [], 'noor');
	expect(shape(entries, 'UTC', null)).toEqual(['day', [1], [2], [3]]);
	expect(entries.map(needsWords)).toEqual([false, true, false]);
	expect(entries.some(hasFailed)).toBe(false);
});

test('two colleagues who answer one after the other are two turns', () => {
	const entries = entriesOf([ours(1, '10:00:00'), ours(2, '10:00:10', { author_id: 'maya' })], [], 'noor');
	expect(shape(entries, 'UTC', null)).toEqual(['day', [1], [2]]);
});

test('a divider stands before the first unread text and counts only theirs', () => {
	const messages = [theirs(1, '10:00:00'), theirs(2, '10:00:10'), ours(3, '10:00:20'), theirs(4, '10:00:30')];
	expect(unreadOf(messages, 1)).toEqual({ from: 2, to: 4, count: 2 });
	expect(unreadOf(messages, 4)).toBeNull();
	expect(shape(entriesOf(messages, [], 'noor'), 'UTC', { from: 2, to: 4, count: 2 })).toEqual([
		'day',
		[1],
		'2 new',
		[2],
		[3],
		[4]
	]);
});

test('R3.4 a text on its way stands last, and not at all once it has become a message', () => {
	const pending: Pending = {
		key: 'key',
		conversationId: 'conversation',
		body: 'Hello',
		seenSeq: 1,
		writtenAt: at('10:01:00'),
		state: 'sending'
	};
	const before = entriesOf([theirs(1, '10:00:00')], [pending], 'noor');
	expect(before.map(({ key, standing }) => [key, standing])).toEqual([
		['message-1', 'received'],
		['key', 'unconfirmed']
	]);
	const after = entriesOf([theirs(1, '10:00:00'), ours(2, '10:01:01', { idempotency_key: 'key' })], [pending], 'noor');
	expect(after.map(({ key, standing }) => [key, standing])).toEqual([
		['message-1', 'received'],
		['key', 'delivered']
	]);
});

test('a turn claims no more than its slowest text', () => {
	const entries = entriesOf([ours(1, '10:00:00', { status: 'sent' }), ours(2, '10:00:05')], [], 'noor');
	expect(standingOf(turnsOf(entries, 'UTC', null)[1] as Turn)).toBe('sent');
});

test('R3.6 a storm of one author is drawn in pieces that stay where they are when older texts are put above', () => {
	const storm = Array.from({ length: 400 }, (_, i) => theirs(i + 1, `10:00:${String(i % 60).padStart(2, '0')}`));
	const keys = (from: number) =>
		turnsOf(entriesOf(storm.slice(from), [], 'noor'), 'UTC', null).flatMap((item) =>
			item.kind === 'turn' ? [[item.key, item.texts] as const] : []
		);
	expect(Math.max(...keys(0).map(([, texts]) => texts))).toBeLessThan(32);
	// all but those at the edge
	expect(keys(0).slice(-19)).toEqual(keys(77).slice(-19));
});

test('a text that was taken back is not shown', () => {
	const texts = [theirs(1, '10:00:00'), ours(2, '10:00:30', { status: 'cancelled' }), theirs(3, '10:01:00')];
	expect(shape(entriesOf(texts, [], 'noor'), 'UTC', null)).toEqual(['day', [1, 3]]);
});
