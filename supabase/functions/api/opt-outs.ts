import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { deeds } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import * as rows from './opt-out-rows.ts';
import { answerRows, placeIn, placeOf } from './paging.ts';
import { E164, Id, Instant, Moment, OrganizationId, pageOf, places, Text, usualLimit } from './shapes.ts';

const sources = ['keyword', 'carrier', 'person', 'import'] as const;
const OptOut = z
	.object({
		organization_id: z.guid(),
		phone_number_id: z.guid(),
		number: z.string().openapi({ description: 'Yours, in E.164.' }),
		contact_number: z.string(),
		source: z.enum(sources).openapi({ description: 'By a keyword, as the carrier said, written down, or imported.' }),
		note: z.string().nullable(),
		added_by: z.guid().nullable().openapi({ description: 'The colleague who wrote it down; null for a program.' }),
		opted_out_at: Moment
	})
	.openapi('OptOut');
const List = z.strictObject({
	organization_id: OrganizationId,
	phone_number_id: Id.optional(),
	contact_number: E164.optional(),
	source: z.enum(sources).optional(),
	...places
});
const Place = z.object({ at: Instant, contact: z.string().max(20), number: Id });
const pair = {
	phone_number_id: Id,
	contact_number: Text.openapi({ description: 'E.164.', example: '+14155550123' })
};
const Add = z.strictObject({ ...pair, note: Text.nullable().default(null) });
const Lift = z.strictObject({
	...pair,
	evidence: Text.openapi({
		description: 'How they agreed to be texted again, in 10 to 500 characters; it stays in the audit log.'
	})
});

/** `/v1/opt-outs`: who may not be texted from which number. */
export function optOuts({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Opt-outs';

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listOptOuts', tag, summary: 'List opt-outs, newest first' },
			scope: 'opt_outs:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(OptOut), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, ...filter } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const page = { place: placeIn(cursor, Place), limit: limit + 1 };
			const found = await rows.list(database, c.var.caller, organizationId, filter, page);
			return answerRows(c, found, limit, ({ opted_out_at, contact_number, phone_number_id }) =>
				placeOf({ at: opted_out_at, contact: contact_number, number: phone_number_id })
			);
		}
	);

	endpoint(
		routes,
		{
			...{
				method: 'post',
				path: '/',
				operationId: 'addOptOut',
				tag,
				summary: 'Write down that somebody wants no texts'
			},
			description: 'From this number. Said twice it stays as it was.',
			scope: 'opt_outs:write',
			body: Add,
			answers: { 204: { description: 'Nothing goes to them from this number.' } },
			refusals: ['phone_number_invalid']
		},
		async (c, { body }) => {
			await deeds(database, c.var.caller, ['set_opt_out', body]);
			return c.body(null, 204);
		}
	);

	endpoint(
		routes,
		{
			...{
				method: 'post',
				path: '/lift',
				operationId: 'liftOptOut',
				tag,
				summary: 'Text somebody again who agreed to it'
			},
			scope: 'opt_outs:write',
			body: Lift,
			answers: { 204: { description: 'They may be texted again.' } },
			refusals: ['evidence_missing']
		},
		async (c, { body }) => {
			await deeds(database, c.var.caller, ['lift_opt_out', body]);
			return c.body(null, 204);
		}
	);

	return routes;
}
