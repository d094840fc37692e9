import * as z from 'zod';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Access = z.object({ expires_at: z.string(), used_at: z.string().nullable() }).nullable();
const Code = z.object({ code: z.string(), expires_at: z.string() });

/** What our support may read here and until when, in words for somebody in a time zone; undefined: nothing. For owners. */
export async function access(
	database: AppDatabase,
	organizationId: string,
	timeZone: string
): Promise<string | undefined> {
	const { data, error } = await database.rpc('support_access', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	const known = Access.parse(data);
	if (!known) return undefined;
	const until = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
	return `${known.used_at ? 'Our support reads along' : 'A code is good'} until ${until.format(new Date(known.expires_at))}.`;
}

/** A code by which it can, for half an hour; the one before it ends. Nobody sees it again. */
export async function issue(database: AppDatabase, organizationId: string): Promise<z.infer<typeof Code>> {
	const { data, error } = await database.rpc('issue_support_code', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return Code.parse(data);
}

/** Ends that at once. */
export async function end(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('end_support_access', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}
