import type * as z from 'zod';
import type { Selection, Thing } from '../store.ts';
import { range, text, whole, type Call, type Range } from './call.ts';
import { invalid, missing } from './errors.ts';

/** The parameters every list takes. */
export const listShape = {
	limit: whole.optional(),
	starting_after: text.optional(),
	ending_before: text.optional(),
	created: range.optional()
};
type Asked = z.output<z.ZodObject<typeof listShape>>;

/** A page of a list, newest first, in Stripe's envelope. `where` are conditions over `body`. */
export function answerList<T extends Thing>(
	{ path, records: { store } }: Call,
	kind: string,
	{ limit = 10, starting_after: after, ending_before: before, created }: Asked,
	where: NonNullable<Selection['where']> = [],
	present: (thing: T) => object = (thing) => thing
): object {
	if (limit < 1 || limit > 100) {
		throw invalid('Invalid limit: it has to be from 1 to 100.', { code: 'parameter_invalid_integer', param: 'limit' });
	}
	if (after && before) throw invalid('You may only specify one of these parameters: starting_after, ending_before.');
	for (const [param, id] of Object.entries({ starting_after: after, ending_before: before })) {
		if (id && !store.find(id, kind)) throw missing(kind, id, param, 400);
	}
	const conditions = [...where, ...within('created', created)];
	const rows = store.list<T>({ kind, where: conditions, after, before, limit });
	const shown = rows.slice(0, limit);
	return listOf(path, (before ? shown.reverse() : shown).map(present), rows.length > limit);
}

export function listOf(url: string, data: object[], hasMore = false): object {
	return { object: 'list', data, has_more: hasMore, url };
}

/** The condition that a property is this, where it was asked for. */
export function equals(name: string, value: string | boolean | undefined): NonNullable<Selection['where']> {
	if (value === undefined) return [];
	return [[`body ->> '${name}' = ?`, typeof value === 'boolean' ? Number(value) : value]];
}

function within(name: string, asked: Range | undefined): NonNullable<Selection['where']> {
	if (asked === undefined) return [];
	if (typeof asked === 'number') return [[`body ->> '${name}' = ?`, asked]];
	const signs = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
	return Object.entries(asked).map(([sign, value]) => [
		`body ->> '${name}' ${signs[sign as keyof typeof signs]} ?`,
		value
	]);
}
