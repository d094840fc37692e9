import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { verb } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { Day, Id, Micros, OrganizationId } from './shapes.ts';

const Asked = z.strictObject({
	organization_id: OrganizationId,
	since: Day.openapi({ description: 'The first day, of the organization’s clock.', example: '2026-11-01' }),
	until: Day.openapi({ description: 'The last day; 93 days at most.', example: '2026-11-30' }),
	phone_number_id: Id.optional().openapi({ description: 'Of one number; then no money is told.' })
});
const Usage = z
	.object({
		since: Day,
		until: Day,
		time_zone: z.string(),
		currency: z.literal('USD'),
		money: z
			.array(z.object({ day: Day, reason: z.string(), transfers: z.int(), amount_micros: Micros }))
			.nullable()
			.openapi({
				description:
					'What moved, by day and reason: for a whole month the lines of its statement. What was paid is below zero. null for one ' +
					'number, and for a key that is for certain numbers.'
			}),
		requests: z
			.array(
				z.object({
					day: Day,
					api_key_id: z.guid().nullable().openapi({ description: 'null: by people, with tokens of their own.' }),
					requests: z.int(),
					units: z.int().openapi({ description: 'As how many they counted for the limits.' }),
					refused: z.int().openapi({ description: 'Answered 4xx, without those that came too soon.' }),
					limited: z.int().openapi({ description: 'Answered 429.' }),
					failed: z.int().openapi({ description: 'Answered 5xx.' })
				})
			)
			.nullable()
			.openapi({ description: 'What was asked of this API, a few seconds ago at the latest. null where `money` is.' }),
		texts: z.array(
			z.object({
				day: Day,
				phone_number_id: z.guid(),
				received: z.int(),
				received_segments: z.int(),
				sent: z.int(),
				sent_segments: z.int(),
				delivered: z.int(),
				failed: z.int(),
				failures: z.record(z.string(), z.int()).openapi({ description: 'How often each of the carrier’s codes.' }),
				opted_out: z.int(),
				micros: Micros
			})
		),
		verifications: z.array(
			z.object({
				day: Day,
				phone_number_id: z.guid(),
				requested: z.int(),
				code_received: z.int(),
				expired: z.int(),
				cancelled: z.int()
			})
		)
	})
	.openapi('Usage');

/** `/v1/usage`: what was used, and what it cost. */
export function usage({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'getUsage', tag: 'Usage', summary: 'Read what was used, by day' },
			description:
				'Days, numbers and reasons without anything have no row. A person has to be one who may see the money.',
			scope: 'usage:read',
			query: Asked,
			answers: { 200: Usage }
		},
		async (c, { query: { organization_id, since, until, phone_number_id = null } }) => {
			const args = { organization_id: organizationOf(c.var.caller, organization_id), since, until, phone_number_id };
			return c.json(await verb<object>(database, c.var.caller, 'usage', args), 200, { 'cache-control': 'no-store' });
		}
	);

	return routes;
}
