import * as z from 'zod';
import { service } from '../service.ts';
import { answered } from './answered.ts';
import type { Operator } from './realm.ts';

const Found = z.object({
	kind: z.enum(['organization', 'person', 'number', 'order', 'message', 'key', 'event', 'job']),
	id: z.string(),
	label: z.string(),
	organization_id: z.string().nullable(),
	organization: z.string().nullable(),
	detail: z.string().nullable()
});
export type Found = z.infer<typeof Found>;

/** What was typed into the one box, as whatever it can be. */
export async function search({ session }: Operator, words: string): Promise<Found[]> {
	return answered(await service().rpc('operator_search', { session, words }), z.array(Found));
}
