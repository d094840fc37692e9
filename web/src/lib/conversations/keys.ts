import { goto } from '$app/navigation';
import { searchOf } from '#core/inbox-filters.ts';
import type { Desk } from './desk.svelte.ts';

/** The map of the keyboard: keys, and what they do. */
export const keyWords: readonly (readonly [string, string])[] = [
	['?', 'This map'],
	['/', 'Search'],
	['j k', 'Next and previous conversation'],
	['Enter', 'Open'],
	['Esc', 'Back or close; never discards a text'],
	['x', 'Select the conversation'],
	['r', 'Write'],
	['m', 'Write an internal note, while nothing is written'],
	['n', 'New text'],
	['a', 'Assign'],
	['h', 'Snooze'],
	['l', 'Labels'],
	['e', 'Archive, or back to the inbox'],
	['u', 'Mark unread'],
	['z', 'Undo'],
	['c', 'Copy the newest code'],
	['[ ]', 'Previous and next number'],
	['Ctrl+Enter', 'Send; ⌘ Enter on a Mac']
];

type Place = { desk: Desk; openId: string | undefined; inbox: string; mayWrite: boolean };

const rowsOf = () => [...document.querySelectorAll<HTMLAnchorElement>('nav [data-conversation]')];

/** A mode is not changed under what is written. */
const mayNote = () => document.querySelector<HTMLTextAreaElement>('#conversation textarea')?.value.trim() === '';

/** Does what a single key orders, outside of fields and dialogs. */
export async function press(key: string, { desk, openId, inbox, mayWrite }: Place): Promise<void> {
	const { work } = desk;
	const rows = rowsOf();
	const at = rows.findIndex((row) => row === document.activeElement);
	const focused = rows[at]?.dataset.conversation;
	const ids = work.subjects(focused, openId);
	const list = inbox + searchOf(desk.inbox.filter);
	// the next one takes the place of what leaves the list
	const next = rows[at + 1] ?? rows[at - 1];

	/* eslint-disable svelte/no-navigation-without-resolve -- the address of the inbox is resolved by whoever calls */
	const orders: Readonly<Record<string, () => unknown>> = {
		'?': () => (work.asking = { what: 'keys', ids: [] }),
		'/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
		j: () => step(rows, at, openId, 1),
		k: () => step(rows, at, openId, -1),
		Escape: () => (work.picked.size > 0 || work.picking ? work.unpick() : openId ? back(list, openId) : undefined),
		r: () => document.querySelector<HTMLElement>('#conversation textarea')?.focus(),
		m: () => mayNote() && document.querySelector<HTMLElement>('[data-note-mode]')?.click(),
		n: () => document.querySelector<HTMLElement>('[data-new-text]')?.click(),
		c: () => [...document.querySelectorAll<HTMLElement>('#conversation [data-copy-code]')].at(-1)?.click(),
		'[': () => goto(inbox + searchOf({ ...desk.inbox.filter, number: neighbour(desk, -1) })),
		']': () => goto(inbox + searchOf({ ...desk.inbox.filter, number: neighbour(desk, 1) }))
	};
	const deeds: Readonly<Record<string, () => unknown>> = {
		x: () => focused && work.pick(focused, !work.picked.has(focused)),
		a: () => (work.asking = { what: 'assign', ids }),
		h: () => (work.asking = { what: 'snooze', ids }),
		l: () => (work.asking = { what: 'labels', ids }),
		z: () => work.undo(),
		e: async () => {
			const archived = ids.every((id) => desk.inbox.find(id)?.archived_at);
			const done = work.do({ verb: archived ? 'restore' : 'archive', ids });
			if (openId && ids.length === 1 && ids[0] === openId) await back(list, openId);
			next?.focus();
			await done;
		},
		u: async () => {
			// while it is open it would be read again at once
			if (openId && ids.includes(openId)) await back(list, openId);
			await work.do({ verb: 'unread', ids });
		}
	};
	/* eslint-enable svelte/no-navigation-without-resolve */
	if (orders[key]) await orders[key]();
	else if (mayWrite && (ids.length > 0 || key === 'z')) await deeds[key]?.();
}

/** Back to the list, to the row that was open. */
async function back(list: string, openId: string): Promise<void> {
	// eslint-disable-next-line svelte/no-navigation-without-resolve -- as above
	await goto(list, { reset: false });
	rowsOf()
		.find(({ dataset }) => dataset.conversation === openId)
		?.focus();
}

/** From the row with the focus, else from the open one, else to the first. */
function step(rows: HTMLAnchorElement[], at: number, openId: string | undefined, by: number): void {
	const from = at >= 0 ? at : rows.findIndex(({ dataset }) => dataset.conversation === openId);
	rows[from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + by))]?.focus();
}

/** The number before or after the one that is shown alone; null stands between the last and the first. */
function neighbour({ numbers, inbox }: Desk, by: number): string | null {
	const places = [null, ...numbers.map(({ id }) => id)];
	const at = places.indexOf(inbox.filter.number);
	return places[(at + by + places.length) % places.length] ?? null;
}
