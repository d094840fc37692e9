import { writtenTo, type VerificationFilter } from '#core/filtered-verifications.ts';

/** Over how many hours the charts look, by what stands in the address; the usual one in none. */
export const spans = { '24h': 24, '7d': 168, '30d': 720 } as const;
export type Span = keyof typeof spans;
export const usualSpan: Span = '7d';

export function spanOf(over: string | null): Span {
	return over !== null && Object.hasOwn(spans, over) ? (over as Span) : usualSpan;
}

/** A place in the list: older than one of its rows, or newer. */
export type Place = { before?: string | null; after?: string | null };

/** A page of the history as the end of an address; "" for the newest of all. */
export function queryOf(filter: VerificationFilter, span: Span, { before, after }: Place = {}): string {
	const query = writtenTo(filter);
	if (span !== usualSpan) query.set('over', span);
	if (before) query.set('before', before);
	else if (after) query.set('after', after);
	return query.size > 0 ? `?${query}` : '';
}
