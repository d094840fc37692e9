import * as z from 'zod';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** A conversation with colleagues, as its form is sent; the first message may wait. */
export const Team = z.object({
	title: z.string().max(100, 'A title has at most 100 characters.'),
	body: z.string(),
	idempotency_key: z.string().min(8).max(200),
	user_ids: z.array(z.uuid()).min(1, 'Pick at least one colleague.')
});

/** Starts a conversation with colleagues, or finds the one there is, and writes the first message. Answers its id. */
export async function start(
	database: AppDatabase,
	organizationId: string,
	{ title, body, idempotency_key, user_ids }: z.infer<typeof Team>
): Promise<string> {
	const { data, error } = await database.rpc('create_team_conversation', {
		organization_id: organizationId,
		title,
		user_ids
	});
	if (error) throw refusalOf(error);
	if (body.trim()) {
		const posted = await database.rpc('post_team_message', { conversation_id: data, body, idempotency_key });
		if (posted.error) throw refusalOf(posted.error);
	}
	return data;
}

export async function rename(database: AppDatabase, id: string, title: string): Promise<void> {
	const { error } = await database.rpc('rename_team_conversation', { conversation_id: id, title });
	if (error) throw refusalOf(error);
}

/** Lets colleagues in: they see all of it. */
export async function add(database: AppDatabase, id: string, userIds: string[]): Promise<void> {
	const { error } = await database.rpc('add_participants', { conversation_id: id, user_ids: userIds });
	if (error) throw refusalOf(error);
}

/** Takes a colleague out, or leaves. */
export async function remove(database: AppDatabase, id: string, userId: string): Promise<void> {
	const { error } = await database.rpc('remove_participant', { conversation_id: id, user_id: userId });
	if (error) throw refusalOf(error);
}
