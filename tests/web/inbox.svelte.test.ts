import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Conversation } from '#core/conversations.ts';
import { filterOf, holds, searchOf, shows, type Filter } from '#core/inbox-filters.ts';
import { Inbox } from '#lib/conversations/inbox.svelte.ts';
import { arrange, byActivity, mergeConversations } from '#lib/conversations/merge-conversations.ts';
import { conversation } from './conversation-rows.ts';

const nothing = () => Promise.resolve<Conversation[]>([]);

const noReads = { since: nothing, byId: nothing, before: nothing, counts: () => Promise.resolve(null) };
const open: Filter = { show: 'open', number: null, label: null };
const usual = { me: 'noor', counts: null, filter: open };

function inboxOf(conversations: Conversation[], reads: Partial<ConstructorParameters<typeof Inbox>[0]['reads']> = {}) {
	return new Inbox({ conversations, more: false, ...usual, reads: { ...noReads, ...reads } });
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
		...usual,
		reads: {
			...noReads,
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
	const state = fc.record({
		id: fc.constantFrom('a', 'b', 'c', 'd'),
		revision: fc.nat(9),
		version: fc.nat(3),
		archived: fc.boolean()
	});
	fc.assert(
		fc.property(fc.array(state, { maxLength: 30 }), fc.func(fc.nat()), (states, chance) => {
			// a state is one thing, whenever it is read
			const rows = states.map(({ id, revision, version, archived }) =>
				conversation({
					id,
					revision,
					read_version: version,
					last_read_seq: (version * 7 + revision) % 4,
					archived_at: archived && revision % 2 ? '2026-11-22T12:00:00Z' : null,
					active: revision * 10
				})
			);
			const seen = new Map<string, Conversation>();
			for (const row of rows) seen.set(`${row.id} ${row.revision} ${row.read_version}`, row);
			const list = (some: Conversation[]) => {
				const known = some
					.map((row) => seen.get(`${row.id} ${row.revision} ${row.read_version}`)!)
					.reduce((all, row) => mergeConversations(all, [row]), new Map() as ReadonlyMap<string, Conversation>);
				return arrange(known.values(), null, (row) => holds(open, 'noor', row, 0));
			};
			const shuffled = rows.toSorted((a, b) => chance(a) - chance(b));
			expect(list([...shuffled, ...rows])).toEqual(list(rows));
			expect(list(shuffled)).toEqual(list(rows));
		})
	);
});

test('what was done here is shown at once, and stays until the database says so, whatever comes in between', () => {
	const row = conversation({ id: 'a' });
	const inbox = inboxOf([row]);
	const real = inbox.pretend(['a'], { archived_at: '2026-11-22T12:00:00Z' });
	expect(ids(inbox)).toEqual([]);
	inbox.learn([conversation({ id: 'a', revision: 2 })]);
	expect(ids(inbox)).toEqual([]);
	real();
	expect(ids(inbox)).toEqual(['a']);
});

test('R2.7 an answer that was long on its way brings nothing back that was archived since', () => {
	const row = conversation({ id: 'a' });
	const inbox = inboxOf([row]);
	inbox.learn([{ ...row, revision: 2, archived_at: '2026-11-22T12:00:00Z' }]);
	inbox.learn([row]);
	expect(ids(inbox)).toEqual([]);
});

test('R3.5 what was marked unread on another device is unread here, though it is read less far', () => {
	const row = conversation({ id: 'a', last_seq: 3, last_read_seq: 3, read_version: 2 });
	const inbox = inboxOf([row]);
	inbox.learn([{ ...row, last_read_seq: 2, read_version: 3, unread_count: 1, unread: true }]);
	expect(inbox.conversations[0]).toMatchObject({ unread_count: 1 });
});

test('a conversation that was deleted, or shut to this person, leaves the list', async () => {
	const inbox = inboxOf([conversation({ id: 'a' }), conversation({ id: 'b' })], {
		byId: () => Promise.resolve([])
	});
	await inbox.hear('a');
	expect(ids(inbox)).toEqual(['b']);
});

test('R2.3 turning to another list keeps what is known and shows what belongs there', () => {
	const [mine, other] = [conversation({ id: 'mine', assignee_id: 'noor' }), conversation({ id: 'other', active: 5 })];
	const inbox = inboxOf([mine, other]);
	inbox.turnTo({ conversations: [mine], more: false, filter: { ...open, show: 'mine' } });
	expect(ids(inbox)).toEqual(['mine']);
	inbox.learn([{ ...other, revision: 2, assignee_id: 'noor' }]);
	expect(ids(inbox)).toEqual(['other', 'mine']);
	inbox.turnTo({ conversations: [], more: false, filter: { ...open, show: 'unassigned' } });
	expect(ids(inbox)).toEqual([]);
});

test('R2.3 every filter is an address and back, and what is none is the usual list', () => {
	const id = '01a204b5-2acf-7dc8-8e2a-dd8e33f60e2a';
	for (const show of shows)
		for (const number of [null, id])
			for (const label of [null, id]) {
				const filter = { show, number, label };
				expect(filterOf(new URLSearchParams(searchOf(filter)))).toEqual(filter);
			}
	expect(searchOf(open)).toBe('');
	expect(filterOf(new URLSearchParams('show=everything&number=1;drop&label='))).toEqual(open);
});

test('a list holds what its name says, by the clock', () => {
	const now = Date.parse('2026-11-22T12:00:00Z');
	const inList = (show: Filter['show'], row: Partial<Conversation>, at = now) =>
		holds({ ...open, show }, 'noor', conversation(row), at);
	const asleep = { snoozed_until: '2026-11-22T13:00:00Z' };
	expect(inList('open', {})).toBe(true);
	expect(inList('open', asleep)).toBe(false);
	expect(inList('open', asleep, now + 3_600_001)).toBe(true);
	expect(inList('snoozed', asleep)).toBe(true);
	expect(inList('unassigned', { assignee_id: 'maya' })).toBe(false);
	expect(inList('unassigned', { phone_number_id: null })).toBe(false);
	expect(inList('unread', { unread_count: 1 })).toBe(true);
	expect(inList('archived', { archived_at: '2026-11-22T11:00:00Z' })).toBe(true);
	expect(inList('all', { ...asleep, archived_at: '2026-11-22T11:00:00Z' })).toBe(true);
});
