import * as z from 'zod';
import { service } from '../service.ts';
import { answered } from './answered.ts';
import type { Operator } from './realm.ts';

const count = z.number().int();
const parts = { failures: count, keys: count, people: count, operators: count };

const Failures = z.object({
	reasons: z.array(z.object({ kind: z.enum(['key', 'person', 'operator']), reason: z.string(), failures: count })),
	hours: z.array(z.object({ at: z.string(), ...parts })),
	addresses: z.array(
		z.object({
			...{ address: z.string(), ...parts },
			/** Tries that had to wait; accounts and keys it was; as many within one minute. */
			...{ delayed: count, accounts: count, prefixes: count, burst: count },
			...{ since: z.string(), latest: z.string() }
		})
	),
	keys: z.array(
		z.object({
			key_prefix: z.string(),
			organization_id: z.string().nullable(),
			organization: z.string().nullable(),
			failures: count,
			addresses: count,
			reasons: z.array(z.string()),
			latest: z.string()
		})
	),
	operators: z.array(z.object({ name: z.string(), failures: count, latest: z.string() }))
});

/** How far one can look back, in hours. */
export const spans = [1, 24, 168] as const;

/** Who was not let in lately, by keys and by forms. */
export async function read({ session }: Operator, hours: (typeof spans)[number]) {
	return answered(await service().rpc('operator_failures', { session, hours }), Failures);
}
