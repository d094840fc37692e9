import { z } from '@hono/zod-openapi';

/** What inputs and answers of several nouns have in common. */

export const Id = z.guid('This is not an id.').toLowerCase();
export const Text = z.string('This has to be a text.');
export const Moment = z.string().openapi({ format: 'date-time' });
export const Micros = z.int().openapi({ format: 'int64', description: 'In micros (millionths) of USD.' });

/** A moment and a day as they are asked for: of this millennium, so that the database has them as well. */
export const Instant = z.iso
	.datetime({ offset: true, error: 'This is a time like 2026-11-23T09:00:00Z.' })
	.regex(/^2/, 'This is a time from 2000 to 2999.')
	.openapi({ type: 'string', format: 'date-time' });
export const Day = z.iso
	.date('This is a day like 2026-11-23.')
	.regex(/^2/, 'This is a day from 2000 to 2999.')
	.openapi({ type: 'string', format: 'date' });
export const E164 = z.e164('This is a number in E.164.');

/** `/{id}`. */
export const ById = z.object({ id: Id });

/** Whose things are meant; see `organizationOf`. */
export const OrganizationId = Id.optional().openapi({
	description: 'Whose. A person has to say it; a key has one organization, which need not be named.'
});

/** A number as it stands in a query. */
export function wholeNumber(least: number, most: number) {
	const says = `This is a whole number from ${least} to ${most}.`;
	return z
		.string()
		.regex(/^\d{1,15}$/, says)
		.transform(Number)
		.pipe(z.number().min(least, says).max(most, says))
		.openapi({ type: 'integer', minimum: least, maximum: most });
}

/** How many rows a page has where nobody says. */
export const usualLimit = 50;

/** What every list takes: where the page before ended, and how many at most. */
export const paging = {
	cursor: Id.optional().openapi({ description: 'The `next_cursor` of the page before.' }),
	limit: wholeNumber(1, 100).optional().openapi({ type: 'integer', minimum: 1, maximum: 100, default: usualLimit })
};

/** The same of lists whose places are more than an id. */
export const places = {
	...paging,
	cursor: z.string().max(400).optional().openapi({ description: 'The `next_cursor` of the page before.' })
};

/** A page of a list. */
export function pageOf<Row extends z.ZodType>(row: Row) {
	return z.object({
		data: z.array(row),
		next_cursor: z.string().nullable().openapi({ description: 'null: this is the last page.' })
	});
}
