import type { Conversation, Label } from '#core/conversations.ts';
import { displayPhone } from '#core/phone-display.ts';
import type { Deed } from './deeds.ts';

/** Of which conversations something is told: one by its name, several by their number. */
export function nameOf(rows: readonly Conversation[], count: number): string {
	const [row] = rows;
	if (count !== 1 || !row) return `${count} conversations`;
	if (row.contact_name ?? row.title) return row.contact_name ?? row.title ?? '';
	const { prefix, rest } = displayPhone(row.contact_number ?? '');
	return `${prefix} ${rest}`.trim() || 'Conversation';
}

/** What was done, as the ink bar says it. */
export function sayDone(deed: Deed, before: readonly Conversation[], labels: readonly Label[]): string {
	const name = nameOf(before, deed.ids.length);
	if (deed.verb === 'archive') return `Archived: ${name}`;
	if (deed.verb === 'restore') return `Back in the inbox: ${name}`;
	if (deed.verb === 'label') {
		const changed = [...deed.add, ...deed.remove];
		const words = labels.filter(({ id }) => changed.includes(id)).map((label) => label.name);
		return `${words.join(', ')}: ${name}`;
	}
	if (deed.verb === 'unread') return `Unread: ${name}`;
	if (deed.verb === 'assign') return deed.assigneeId ? `Assigned: ${name}` : `Nobody’s now: ${name}`;
	if (deed.verb === 'snooze') return deed.until ? `Snoozed: ${name}` : `Awake: ${name}`;
	return `Deleted for good: ${name}`;
}
