import type { Context } from 'hono';
import { Refusal } from './errors.ts';

/** Where a page begins: after or before a row (its sid comes with the token), or at a page number. */
export type Place = {
	size: number;
	page: number;
	cursor: { sid: string; direction: 'next' | 'previous' } | null;
};

/** PageSize (1 to 1000, 50 unless asked), Page and PageToken as Twilio's lists take them. */
export function placeIn(query: URLSearchParams): Place {
	const token = query.get('PageToken');
	return {
		size: Math.min(Math.max(wholeNumber(query, 'PageSize', 50), 1), 1000),
		page: wholeNumber(query, 'Page', 0),
		cursor: token ? parseToken(token) : null
	};
}

/**
 * The envelope of a page. `rows` may hold one more than fits, which only proves that there is a next page; coming
 * backwards, there always is one. The URIs keep the request's filters.
 */
export function answerPage<Row extends { sid: string }>(
	c: Context,
	key: string,
	place: Place,
	rows: Row[],
	present: (row: Row) => object
): Response {
	const { size, page, cursor } = place;
	const url = new URL(c.req.url);
	const backwards = cursor?.direction === 'previous';
	const shown = rows.slice(0, size);
	const uri = (to: number, token: string | null) => {
		const query = new URLSearchParams(url.search);
		query.set('PageSize', String(size));
		query.set('Page', String(to));
		query.delete('PageToken');
		if (token) query.set('PageToken', token);
		return `${url.pathname}?${query}`;
	};
	const [first, last] = [shown.at(0), shown.at(-1)];
	const more = backwards || rows.length > size;
	return c.json({
		first_page_uri: uri(0, null),
		previous_page_uri: page > 0 && first ? uri(page - 1, `PB${first.sid}`) : null,
		next_page_uri: more && last ? uri(page + 1, `PA${last.sid}`) : null,
		uri: `${url.pathname}${url.search}`,
		page,
		page_size: size,
		start: page * size,
		end: Math.max(page * size + shown.length - 1, 0),
		[key]: shown.map(present)
	});
}

function parseToken(token: string): Place['cursor'] {
	const match = /^P([AB])([A-Z]{2}[0-9a-f]{32})$/.exec(token);
	if (!match?.[2]) throw new Refusal(20001, 'PageToken');
	return { sid: match[2], direction: match[1] === 'A' ? 'next' : 'previous' };
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
	const raw = query.get(name);
	if (raw === null || raw === '') return fallback;
	if (!/^\d{1,9}$/.test(raw)) throw new Refusal(20001, name);
	return Number(raw);
}
