import { z } from '@hono/zod-openapi';
import { webhookTroubles, type WebhookTrouble } from '../_shared/core/webhooks.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { deeds, is, ofOrganization, only, where } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { answerPage } from './paging.ts';
import { ById, Id, Moment, OrganizationId, pageOf, paging, usualLimit } from './shapes.ts';

const statuses = ['waiting', 'delivered', 'parked'] as const;
const Failure = z.enum(Object.keys(webhookTroubles) as [WebhookTrouble, ...WebhookTrouble[]]);
const WebhookDelivery = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		endpoint_id: z.guid(),
		event_id: z.guid().openapi({ description: 'The `webhook-id`: the same at every attempt and replay.' }),
		event_type: z.string(),
		status: z.enum(statuses).openapi({ description: 'Parked: nobody answered well for three days.' }),
		attempts: z.int(),
		next_attempt_at: Moment,
		last_status: z.int().nullable(),
		last_failure: Failure.nullable(),
		delivered_at: Moment.nullable(),
		replayed_at: Moment.nullable(),
		created_at: Moment
	})
	.openapi('WebhookDelivery');
const Attempt = z.object({
	attempt: z.int(),
	url: z.string(),
	address: z.string().nullable().openapi({ description: 'What the name led to.' }),
	status: z.int().nullable(),
	failure: Failure.nullable().openapi({ description: 'null: it arrived.' }),
	duration_ms: z.int(),
	answer: z.string().nullable().openapi({ description: 'At most 2,000 characters, without what was sent.' }),
	created_at: Moment
});
const List = z.strictObject({
	organization_id: OrganizationId,
	endpoint_id: Id.optional(),
	status: z.enum(statuses).optional(),
	...paging
});

type Row = { id: string };
const told = 'select to_jsonb(d) as answer from api.webhook_deliveries d';
const withAttempts = `select to_jsonb(d) || jsonb_build_object('tried', coalesce((
	select jsonb_agg(to_jsonb(a) - 'id' - 'organization_id' - 'delivery_id' order by a.id desc)
	from api.webhook_attempts a
	where a.organization_id = d.organization_id and a.delivery_id = d.id), '[]')) as answer
	from api.webhook_deliveries d`;

/** `/v1/webhook-deliveries`: what was sent to endpoints, for 30 days, and what was answered. */
export function webhookDeliveries({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Webhooks';

	endpoint(
		routes,
		{
			...{
				method: 'get',
				path: '/',
				operationId: 'listWebhookDeliveries',
				tag,
				summary: 'List deliveries, newest first'
			},
			scope: 'webhooks:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(WebhookDelivery), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, endpoint_id, status } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const conditions = [
				is('d.organization_id', organizationId),
				is('d.endpoint_id', endpoint_id),
				is('d.status', status),
				cursor !== undefined && `d.id < ${literal(cursor)}`
			];
			const statement = `${told} ${where(conditions)} order by d.id desc limit ${literal(limit + 1)}`;
			return answerPage(c, await ofOrganization<Row>(database, c.var.caller, organizationId, statement), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getWebhookDelivery', tag, summary: 'Read a delivery' },
			description: 'With every attempt, the newest first.',
			scope: 'webhooks:read',
			params: ById,
			answers: { 200: WebhookDelivery.extend({ tried: z.array(Attempt) }) }
		},
		async (c, { params: { id } }) => {
			const row = await only<Row>(database, c.var.caller, `${withAttempts} where d.id = ${literal(id)}`);
			return c.json(row, 200, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/replay', operationId: 'replayWebhookDelivery', tag, summary: 'Send it again' },
			description: 'Under the same `webhook-id`. One that waits goes on waiting.',
			scope: 'webhooks:write',
			params: ById,
			answers: { 202: { description: 'It is on its way.' } },
			refusals: ['webhook_disabled']
		},
		async (c, { params: { id } }) => {
			await deeds(database, c.var.caller, ['replay_webhook_delivery', { delivery_id: id }]);
			return c.body(null, 202);
		}
	);

	return routes;
}
