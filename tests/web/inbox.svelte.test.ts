import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Conversation } from '#core/conversations.ts';
import { Inbox } from '#lib/conversations/inbox.svelte.ts';
import { byActivity, mergeConversations } from '#lib/conversations/merge-conversations.ts';
import { conversation } from './conversation-rows.ts';

const nothing = () => Promise.resolve<Conversation[]>([]);

function inboxOf(conversations: Conversation[], reads: Partial<ConstructorParameters<typeof Inbox>[0]['reads']> = {}) {
	return new Inbox({ conversations, more: false, reads: { since: nothing, byId: nothing, before: nothing, ...reads } });
}

const ids = (inbox: Inbox) => inbox.conversations.map(({ id }) => id);

test('R2.3 R3.5 a conversation with a new text moves to the top, a new one appears there', async () => {
	const inbox = inboxOf([conversation({ id: 'b', active: 2 }), conversation({ id: 'a', active: 1 })], {
		byId: (asked) =>
			Promise.resolve([...asked].map((id, at) => conversation({ id, revision: 2, active: 10 + at, unread_count: 1 })))
	});
	await inbox.hear('a');
	await inbox.hear('c');
	expect(ids(inbox)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
	expect(ids(inbox).at(-1)).toBe('b');
});

test('many hints at once become one read under way and one after it', async () => {
	const asked: string[][] = [];
	const inbox = inboxOf([], {
		byId: async (list) => {
			asked.push([...list]);
			await new Promise((resolve) => setTimeout(resolve, 5));
			return [];
		}
	});
	await Promise.all(['a', 'b', 'c', 'a'].map((id) => inbox.hear(id)));
	expect(asked).toEqual([['a'], ['b', 'c', 'a']]);
});

test('what a failed read was to bring is asked for again', async () => {
	const asked: string[][] = [];
	const inbox = inboxOf([], {
		byId: (list) => {
			asked.push([...list]);
			return asked.length === 1 ? Promise.reject(new Error('no network')) : nothing();
		}
	});
	await expect(inbox.hear('a')).rejects.toThrow('no network');
	await inbox.hear('b');
	expect(asked.at(-1)?.toSorted()).toEqual(['a', 'b']);
});

test('healing reads with an overlap of a minute, and again what looked unread', async () => {
	const asked: { since?: string; byId?: readonly string[] } = {};
	const row = conversation({ id: 'a', active: 100, unread_count: 2, last_seq: 4, last_read_seq: 2 });
	const inbox = inboxOf([row], {
		since: (moment) => {
			asked.since = moment;
			return nothing();
		},
		byId: (list) => {
			asked.byId = list;
			return Promise.resolve([{ ...row, unread_count: 0, last_read_seq: 4 }]);
		}
	});
	await inbox.heal();
	expect(Date.parse(row.updated_at) - Date.parse(asked.since ?? '')).toBe(60_000);
	expect(asked.byId).toEqual(['a']);
	expect(inbox.conversations[0]?.unread_count).toBe(0);
});

test('R2.3 the list goes on without gaps, page after page, while new texts arrive', async () => {
	const all = Array.from({ length: 120 }, (_, at) => conversation({ id: `c${at}`, active: at }));
	const ordered = () => all.toSorted(byActivity);
	const inbox = new Inbox({
		conversations: ordered().slice(0, 50),
		more: true,
		reads: {
			since: nothing,
			byId: (list) => Promise.resolve(all.filter(({ id }) => list.includes(id))),
			before: (place) =>
				Promise.resolve(
					ordered()
						.filter((row) => byActivity(place, row) < 0)
						.slice(0, 50)
				)
		}
	});
	const old = all[3]!;
	all[3] = { ...old, revision: 2, last_message_at: '2026-11-22T12:00:00Z' };
	await inbox.hear('c3');
	expect(ids(inbox)[0]).toBe('c3');
	// one that stands beyond the known part waits for its page
	await inbox.hear('c2');
	expect(ids(inbox)).not.toContain('c2');
	while (inbox.more) await inbox.older();
	expect(ids(inbox)).toEqual(ordered().map(({ id }) => id));
});

test('what was read here is not unread again because of an answer that was on its way', () => {
	const row = conversation({ id: 'a', revision: 5, last_seq: 5, last_read_seq: 3, unread_count: 2 });
	const inbox = inboxOf([row]);
	inbox.markRead('a', 5);
	inbox.learn([row]);
	expect(inbox.conversations[0]).toMatchObject({ unread_count: 0, last_read_seq: 5 });
});

test('an archived conversation leaves the list', () => {
	const inbox = inboxOf([conversation({ id: 'a' })]);
	inbox.learn([conversation({ id: 'a', revision: 2, archived_at: '2026-11-22T12:00:00Z' })]);
	expect(ids(inbox)).toEqual([]);
});

test('rows read in any order, however often, end in the same list', () => {
	const state = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), revision: fc.nat(9), read: fc.nat(3) });
	fc.assert(
		fc.property(fc.array(state, { maxLength: 30 }), fc.func(fc.nat()), (states, chance) => {
			const rows = states.map(({ id, revision, read }) =>
				conversation({ id, revision, last_read_seq: read, active: revision * 10 })
			);
			const list = (some: Conversation[]) =>
				some.reduce<readonly Conversation[]>((known, row) => mergeConversations(known, [row], null), []);
			const shuffled = rows.toSorted((a, b) => chance(a) - chance(b));
			expect(list([...shuffled, ...rows])).toEqual(list(rows));
			expect(list(shuffled)).toEqual(list(rows));
		})
	);
});
