import type { Context } from 'hono';
import type { z } from 'zod';
import { Malformed } from '../_shared/http/problem.ts';
import type { Api } from './app.ts';

type Row = { readonly id: string };

/**
 * A page of rows, of which one more than `limit` was read: with `next_cursor`, and the next page's address in `Link`
 * (RFC 8288), relative to this one's.
 */
export function answerPage(c: Context<Api>, found: readonly Row[], limit: number): Response {
	return answerRows(c, found, limit, ({ id }) => id);
}

/** The same of rows whose place is more than their id. */
export function answerRows<Each extends object>(
	c: Context<Api>,
	found: readonly Each[],
	limit: number,
	placeOf: (row: Each) => string
): Response {
	const data = found.slice(0, limit);
	const last = data.at(-1);
	const next = found.length > limit && last ? placeOf(last) : null;
	if (next !== null) c.header('link', linkTo(c, next));
	c.header('cache-control', 'no-store');
	return c.json({ data, next_cursor: next }, 200);
}

/** A place in a list as a cursor, and back; what is none is refused with `malformed`. */
export const placeOf = (place: Readonly<Record<string, string>>): string => btoa(JSON.stringify(place));

export function placeIn<Schema extends z.ZodType>(cursor: string | undefined, schema: Schema) {
	if (cursor === undefined) return undefined;
	try {
		return schema.parse(JSON.parse(atob(cursor))) as z.output<Schema>;
	} catch {
		// whatever is wrong with it: it is not one of ours
		throw new Malformed([{ field: 'cursor', says: 'This is not the next_cursor of a page.' }]);
	}
}

/** The same query with another cursor. */
export function linkTo(c: Context, cursor: string): string {
	const query = new URL(c.req.url).searchParams;
	query.set('cursor', cursor);
	return `<?${query}>; rel="next"`;
}
