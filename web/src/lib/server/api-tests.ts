import * as z from 'zod';
import { statuses } from '#core/delivery.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Test = z.object({
	id: z.string(),
	created_at: z.string(),
	direction: z.enum(['inbound', 'outbound']),
	status: z.enum(statuses),
	error_code: z.string().nullable(),
	body: z.string(),
	their_number: z.string(),
	/** Of the key that sent it; null of what came back. */
	key_name: z.string().nullable()
});
/** A text of a test key, or what came back. */
export type Test = z.infer<typeof Test>;

const perPage = 50;

/** The organization's tests, newest first, from before `before` (an id of the page above) downwards. Throws `not_allowed`. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	before: string | null
): Promise<{ tests: Test[]; more: boolean }> {
	const { data, error } = await database.rpc('list_tests', {
		organization_id: organizationId,
		...(before && { before_id: before })
	});
	if (error) throw refusalOf(error);
	const tests = z.array(Test).parse(data);
	return { tests: tests.slice(0, perPage), more: tests.length > perPage };
}
