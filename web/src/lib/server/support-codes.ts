import * as z from 'zod';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Access = z.object({ expires_at: z.string(), used_at: z.string().nullable() }).nullable();
const Code = z.object({ code: z.string(), expires_at: z.string() });

/** Until when our support can read texts here, and since when it does; null where it cannot. For owners. */
export async function access(database: AppDatabase, organizationId: string): Promise<z.infer<typeof Access>> {
	const { data, error } = await database.rpc('support_access', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return Access.parse(data);
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
