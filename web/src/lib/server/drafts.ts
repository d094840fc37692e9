import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/**
 * Keeps what this person has written and not sent, and the files beside it (their ids; null leaves those as they are);
 * answers how often it was saved, 0 when nothing is kept any more.
 */
export async function save(
	database: AppDatabase,
	conversationId: string,
	body: string,
	basedOn: number | null,
	files: readonly string[] | null = null
): Promise<number> {
	const { data, error } = await database.rpc('save_draft', {
		conversation_id: conversationId,
		body,
		...(basedOn !== null && { based_on: basedOn }),
		...(files && { attachment_ids: [...files] })
	});
	if (error) throw refusalOf(error);
	return (data as { revision: number }).revision;
}
