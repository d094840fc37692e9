import type { Note, Told } from '#core/notes.ts';
import type { AppDatabase } from './database.ts';
import * as numberAccess from './number-access.ts';
import { refusalOf } from './refusals.ts';

/** How many a page of a conversation brings along; further ones are read with the texts they stand below. */
export const notesPerPage = 40;

/** The last notes of a conversation, in order. `more`: there are others above. */
export async function latest(database: AppDatabase, conversationId: string): Promise<{ notes: Note[]; more: boolean }> {
	const { data, error } = await database
		.from('notes')
		.select('*')
		.eq('conversation_id', conversationId)
		.order('after_seq', { ascending: false })
		.order('id', { ascending: false })
		.limit(notesPerPage);
	if (error) throw refusalOf(error);
	return { notes: (data as Note[]).reverse(), more: data.length === notesPerPage };
}

/** Throws `note_empty`, `note_too_long`, `not_allowed`, `not_found` … */
export async function add(
	database: AppDatabase,
	conversationId: string,
	note: { body: string; idempotency_key: string }
): Promise<Told> {
	const { data, error } = await database.rpc('add_note', { conversation_id: conversationId, ...note });
	if (error) throw refusalOf(error);
	return data as Told;
}

/** Changes one's own note. Whoever it mentions and was not told yet is told. */
export async function edit(database: AppDatabase, id: string, body: string): Promise<Told> {
	const { data, error } = await database.rpc('edit_note', { note_id: id, body });
	if (error) throw refusalOf(error);
	return data as Told;
}

/** Throws `not_allowed` where it is somebody else's and the role is not enough. */
export async function remove(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('remove_note', { note_id: id });
	if (error) throw refusalOf(error);
}

/** Gives somebody whom a note mentions access to its number, and has the note tell them. Throws `not_allowed`. */
export async function share(
	database: AppDatabase,
	place: { organizationId: string; phoneNumberId: string },
	note: { id: string; body: string },
	userId: string
): Promise<Told> {
	const access = await numberAccess.find(database, place.organizationId, place.phoneNumberId);
	const { restricted, roles, user_ids: people } = access;
	await numberAccess.set(database, place.phoneNumberId, {
		restricted,
		roles: roles.filter((role) => role === 'member' || role === 'viewer'),
		user_ids: [...new Set([...people, userId])]
	});
	return edit(database, note.id, note.body);
}
