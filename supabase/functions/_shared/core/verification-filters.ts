/** Reads what an address asks for; apart from what browsers need, since they read none. */
import * as z from 'zod';
import { ranges } from './filtered-verifications.ts';
import type { VerificationFilter } from './filtered-verifications.ts';
import { verificationStatuses } from './verifications.ts';

const day = z
	.string()
	.regex(/^[12]\d{3}-\d\d-\d\d$/)
	.refine((text) => new Date(Date.parse(`${text}T00:00:00Z`) || 0).toISOString().startsWith(text));

/** What cannot be read is no filter: a row too many is better than a page that says nothing. */
const Parameters = z.object({
	// the database takes no NUL
	service: z
		.string()
		.trim()
		.regex(/^[^\0]{1,80}$/)
		.nullable()
		.catch(null),
	status: z.array(z.enum(verificationStatuses).nullable().catch(null)),
	range: z.enum(ranges).nullable().catch(null),
	from: day.nullable().catch(null),
	to: day.nullable().catch(null),
	number: z.uuid().nullable().catch(null),
	person: z.uuid().nullable().catch(null)
});

const names = ['service', 'range', 'from', 'to', 'number', 'person'] as const;

/**
 * The filter of an address; never fails. Days count before a range, the earlier one is the first however they were
 * written, and all statuses are the same as none.
 */
export function filterOf(search: URLSearchParams): VerificationFilter {
	const { status, range, from, to, ...rest } = Parameters.parse({
		...Object.fromEntries(names.map((name) => [name, search.get(name)])),
		status: search.getAll('status')
	});
	const [first, last] = from && to && to < from ? [to, from] : [from, to];
	const wanted = verificationStatuses.filter((one) => status.includes(one));
	return {
		...rest,
		status: wanted.length === verificationStatuses.length ? [] : wanted,
		range: first || last ? null : range,
		from: first,
		to: last
	};
}
