/** Which conversations a list shows: said in an address, asked of the database, and kept by an open page. */
import type { Conversation } from './conversations.ts';

/** What a list shows, the usual one first. */
export const shows = ['open', 'mine', 'unassigned', 'unread', 'snoozed', 'archived', 'all'] as const;
export type Show = (typeof shows)[number];

/** A list: what it shows, perhaps only of one number, and only with one label. */
export type Filter = { show: Show; number: string | null; label: string | null };

/** A condition on the rows of `api.conversations`, as PostgREST takes it. */
export type Condition = readonly [column: string, operator: string, value: string];

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Reads a filter from an address; what is no filter is the usual list. */
export function filterOf(search: URLSearchParams): Filter {
	const id = (name: string) => {
		const value = search.get(name) ?? '';
		return uuid.test(value) ? value : null;
	};
	const wanted = search.get('show');
	return { show: shows.find((show) => show === wanted) ?? 'open', number: id('number'), label: id('label') };
}

/** A filter as the end of an address: "" for the usual list, else "?show=mine&label=…". */
export function searchOf({ show, number, label }: Filter): string {
	const search = new URLSearchParams();
	if (show !== 'open') search.set('show', show);
	if (number) search.set('number', number);
	if (label) search.set('label', label);
	return search.size > 0 ? `?${search.toString()}` : '';
}

const notArchived: Condition = ['archived_at', 'is', 'null'];
const awake: Condition = ['snoozed', 'is', 'false'];

/** What is asked of the database for a list. `me`: whose list it is. */
export function conditionsOf({ show, number, label }: Filter, me: string): Condition[] {
	const byShow: Readonly<Record<Show, readonly Condition[]>> = {
		open: [notArchived, awake],
		mine: [notArchived, awake, ['assignee_id', 'eq', me]],
		unassigned: [notArchived, awake, ['assignee_id', 'is', 'null'], ['phone_number_id', 'not.is', 'null']],
		unread: [notArchived, awake, ['unread', 'is', 'true']],
		snoozed: [notArchived, ['snoozed', 'is', 'true']],
		archived: [['archived_at', 'not.is', 'null']],
		all: []
	};
	const conditions = [...byShow[show]];
	if (number) conditions.push(['phone_number_id', 'eq', number]);
	if (label) conditions.push(['label_ids', 'cs', `{${label}}`]);
	return conditions;
}

/** Whether a list holds a conversation. `now`: ms since 1970; who slept until then is awake. */
export function holds({ show, number, label }: Filter, me: string, conversation: Conversation, now: number): boolean {
	const { archived_at, snoozed_until, assignee_id, phone_number_id, unread_count, label_ids } = conversation;
	if (number && phone_number_id !== number) return false;
	if (label && !label_ids.includes(label)) return false;
	if (show === 'all') return true;
	if (show === 'archived') return archived_at !== null;
	const asleep = snoozed_until !== null && Date.parse(snoozed_until) > now;
	if (archived_at !== null || asleep !== (show === 'snoozed')) return false;
	if (show === 'mine') return assignee_id === me;
	if (show === 'unassigned') return assignee_id === null && phone_number_id !== null;
	return show !== 'unread' || unread_count > 0;
}
