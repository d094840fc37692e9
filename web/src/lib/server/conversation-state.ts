import * as z from 'zod';
import type { InboxCounts, Label } from '#core/conversations.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Ids = z.array(z.uuid()).min(1).max(500);
const Nothing = z.literal('').transform(() => null);
/** Empty: nobody. */
export const Assignment = z.object({ assignee_id: z.union([Nothing, z.uuid()]) });
/** ISO 8601 with a zone; empty: wake them. */
export const Snooze = z.object({ until: z.union([Nothing, z.iso.datetime({ offset: true })]) });
export const LabelName = z.object({ name: z.string() });
/** A label as its form is sent; an empty colour: none. */
export const LabelChange = z.object({
	id: z.uuid(),
	name: z.string(),
	color: z.union([Nothing, z.coerce.number().int().min(1).max(8)])
});

/** The conversations that a form is about; null where it names none. */
export function idsOf(form: FormData): string[] | null {
	return Ids.safeParse(form.getAll('ids').map(String)).data ?? null;
}

/** The labels to put on and to take off. */
export function labelsOf(form: FormData): { add: string[]; remove: string[] } {
	const ids = (name: string) => form.getAll(name).map(String).filter(Boolean);
	return { add: ids('add'), remove: ids('remove') };
}

type Done = { error: Parameters<typeof refusalOf>[0] | null };

function refuse({ error }: Done): void {
	if (error) throw refusalOf(error);
}

/** Each of these is done to all of the conversations or to none. They throw `not_found`, `not_allowed` and what is said. */
export async function archive(database: AppDatabase, ids: string[]): Promise<void> {
	refuse(await database.rpc('archive_conversations', { conversation_ids: ids }));
}

export async function restore(database: AppDatabase, ids: string[]): Promise<void> {
	refuse(await database.rpc('restore_conversations', { conversation_ids: ids }));
}

/** Throws `assignee_invalid`. */
export async function assign(database: AppDatabase, ids: string[], to: string | null): Promise<void> {
	refuse(await database.rpc('assign_conversations', { conversation_ids: ids, ...(to && { assignee_id: to }) }));
}

/** Throws `snooze_invalid`. */
export async function snooze(database: AppDatabase, ids: string[], until: string | null): Promise<void> {
	refuse(await database.rpc('snooze_conversations', { conversation_ids: ids, ...(until && { until }) }));
}

/** Throws `label_gone`, `labels_too_many`. */
export async function label(database: AppDatabase, ids: string[], change: ReturnType<typeof labelsOf>): Promise<void> {
	refuse(await database.rpc('set_labels', { conversation_ids: ids, ...change }));
}

export async function markUnread(database: AppDatabase, ids: string[]): Promise<void> {
	const answers = await Promise.all(ids.map((id) => database.rpc('mark_unread', { conversation_id: id })));
	for (const answer of answers) refuse(answer);
}

export async function follow(database: AppDatabase, id: string, follows: boolean): Promise<void> {
	refuse(await database.rpc('follow_conversation', { conversation_id: id, follows }));
}

/** Throws `not_long_archived`, `fresh_session_required`. */
export async function remove(database: AppDatabase, ids: string[]): Promise<void> {
	refuse(await database.rpc('delete_conversations', { conversation_ids: ids }));
}

/** The organization's labels, by name. */
export async function labels(database: AppDatabase, organizationId: string): Promise<Label[]> {
	const { data, error } = await database
		.from('labels')
		.select('id, name, color')
		.eq('organization_id', organizationId)
		.order('name');
	if (error) throw refusalOf(error);
	return data as Label[];
}

/** Throws `label_taken`, `label_name_invalid`, `labels_too_many`. */
export async function createLabel(database: AppDatabase, organizationId: string, name: string): Promise<void> {
	refuse(await database.rpc('create_label', { organization_id: organizationId, name }));
}

/** Throws `label_taken`, `label_name_invalid`, `label_color_invalid`. */
export async function changeLabel(
	database: AppDatabase,
	{ id, name, color }: z.infer<typeof LabelChange>
): Promise<void> {
	refuse(await database.rpc('change_label', { label_id: id, name, ...(color !== null && { color }) }));
}

export async function deleteLabel(database: AppDatabase, id: string): Promise<void> {
	refuse(await database.rpc('delete_label', { label_id: id }));
}

/** How many conversations wait for this person. */
export async function counts(database: AppDatabase, organizationId: string): Promise<InboxCounts | null> {
	const { data, error } = await database
		.from('inbox_counts')
		.select('mine, unassigned, open, unread, scheduled')
		.eq('organization_id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data as InboxCounts | null;
}
