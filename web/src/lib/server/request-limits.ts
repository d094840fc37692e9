import * as z from 'zod';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const RequestLimits = z.object({
	plan: z.string(),
	plan_per_minute: z.number(),
	/** Now, with all that was granted. */
	per_minute: z.number(),
	doubled_until: z.string().nullable(),
	is_granted: z.boolean(),
	/** null with `is_granted`: for good. */
	granted_until: z.string().nullable(),
	/** When they can be doubled again; null: now. */
	double_from: z.string().nullable(),
	/** Why they cannot be doubled. */
	not_verified: z.enum(['email_unconfirmed', 'nothing_paid', 'suspended_lately']).nullable()
});

export type RequestLimits = z.output<typeof RequestLimits>;

/** How many API requests a minute each caller of an organization may make. */
export async function read(database: AppDatabase, organizationId: string): Promise<RequestLimits> {
	const { data, error } = await database.rpc('request_limits', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return RequestLimits.parse(data);
}

/** Takes the day of double limits. Raises `limits_not_verified` and `limits_doubled_already`. */
export async function double(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('double_limits', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}
