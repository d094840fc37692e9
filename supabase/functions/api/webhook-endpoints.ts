import { z } from '@hono/zod-openapi';
import { webhookEventNames, webhookOrderNames } from '../_shared/core/webhooks.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { deeds, idList, is, ofOrganization, only, verb, where } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { answerPage } from './paging.ts';
import { ById, Id, Instant, Moment, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

const events = z.array(z.enum(webhookEventNames), 'This is a list of events.').openapi({
	description: 'What it is told of; a key asks only for what it may read.'
});
const Order = z.enum(webhookOrderNames).openapi({
	description:
		'What waits for what: `subject`, events of one conversation, verification or number; `number`, of one of yours; `endpoint`, all; `none`.'
});
const Secret = z.string().openapi({
	description: 'Said once. Deliveries are signed with it, see standardwebhooks.com.',
	example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
});
const WebhookEndpoint = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		url: z.string(),
		description: z.string().nullable(),
		event_types: z.array(z.string()),
		phone_number_ids: z.array(z.guid()).nullable().openapi({ description: 'null: all.' }),
		order_by: Order,
		created_at: Moment,
		updated_at: Moment,
		rotated_at: Moment.nullable(),
		previous_ends_at: Moment.nullable().openapi({
			description: 'Until then deliveries are signed with the secret before as well.'
		}),
		disabled_at: Moment.nullable(),
		disabled_reason: z.enum(['person', 'failing']).nullable(),
		failing_since: Moment.nullable().openapi({ description: 'Nothing has arrived there since.' }),
		blocked_until: Moment.nullable().openapi({ description: 'Nothing is tried before.' })
	})
	.openapi('WebhookEndpoint');
const List = z.strictObject({ organization_id: OrganizationId, ...paging });
const wish = {
	url: Text.openapi({ description: 'https, without a password; redirects are not followed.' }),
	event_types: events,
	description: Text.max(200, 'This has at most 200 characters.').nullable().default(null),
	phone_number_ids: z.array(Id, 'This is a list of ids.').max(1000).nullable().default(null),
	order_by: Order.default('subject')
};
const Create = z.strictObject({ organization_id: OrganizationId, ...wish });
const Change = z.strictObject(wish);
const Rotate = z.strictObject({
	overlap_seconds: z.int('This is a whole number from 0 to 604,800.').min(0).max(604_800).default(0)
});
const Replay = z.strictObject({
	since: Instant.nullable().default(null),
	until: Instant.nullable().default(null),
	only_parked: z.boolean('This is true or false.').default(true)
});

type Row = { id: string };
const refusals = ['webhook_url_invalid', 'webhook_events_invalid'] as const;
const noStore = { 'cache-control': 'no-store' };
const told = `select to_jsonb(e) - 'created_by' as answer from api.webhook_endpoints e`;

/** As the verbs take it. */
const argumentsOf = ({ phone_number_ids: numbers, ...rest }: z.output<typeof Change>) => ({
	...rest,
	phone_number_ids: numbers && idList(numbers)
});

/** `/v1/webhook-endpoints`: which programs are told of what. */
export function webhookEndpoints({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Webhooks';

	endpoint(
		routes,
		{
			...{
				method: 'get',
				path: '/',
				operationId: 'listWebhookEndpoints',
				tag,
				summary: 'List endpoints, newest first'
			},
			scope: 'webhooks:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(WebhookEndpoint), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const conditions = [is('e.organization_id', organizationId), cursor !== undefined && `e.id < ${literal(cursor)}`];
			const statement = `${told} ${where(conditions)} order by e.id desc limit ${literal(limit + 1)}`;
			return answerPage(c, await ofOrganization<Row>(database, c.var.caller, organizationId, statement), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getWebhookEndpoint', tag, summary: 'Read an endpoint' },
			scope: 'webhooks:read',
			params: ById,
			answers: { 200: WebhookEndpoint }
		},
		async (c, { params: { id } }) =>
			c.json(await only<Row>(database, c.var.caller, `${told} where e.id = ${literal(id)}`), 200, noStore)
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'createWebhookEndpoint', tag, summary: 'Have a program told' },
			scope: 'webhooks:write',
			body: Create,
			answers: { 201: { description: 'It is there.', schema: z.object({ id: z.guid(), secret: Secret }) } },
			refusals: [...refusals, 'webhooks_too_many']
		},
		async (c, { body: { organization_id, ...body } }) => {
			const args = { organization_id: organizationOf(c.var.caller, organization_id), ...argumentsOf(body) };
			return c.json(await verb<Row>(database, c.var.caller, 'create_webhook_endpoint', args), 201, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'put', path: '/{id}', operationId: 'updateWebhookEndpoint', tag, summary: 'Change an endpoint' },
			description: 'Says all of it anew. What waits goes to the new address.',
			scope: 'webhooks:write',
			params: ById,
			body: Change,
			answers: { 204: { description: 'It is so.' } },
			refusals
		},
		async (c, { params: { id }, body }) => {
			await deeds(database, c.var.caller, ['update_webhook_endpoint', { endpoint_id: id, ...argumentsOf(body) }]);
			return c.body(null, 204);
		}
	);

	const ways = [
		['delete', '/{id}', 'deleteWebhookEndpoint', 'Delete an endpoint with its log', 'delete_webhook_endpoint'],
		['post', '/{id}/disable', 'disableWebhookEndpoint', 'Tell it nothing more', 'disable_webhook_endpoint'],
		['post', '/{id}/enable', 'enableWebhookEndpoint', 'Tell it again, first what waits', 'enable_webhook_endpoint']
	] as const;
	for (const [method, path, operationId, summary, deed] of ways) {
		const answers = { 204: { description: 'It is so.' } };
		endpoint(
			routes,
			{ ...{ method, path, operationId, tag, summary }, scope: 'webhooks:write', params: ById, answers },
			async (c, { params: { id } }) => {
				await deeds(database, c.var.caller, [deed, { endpoint_id: id }]);
				return c.body(null, 204);
			}
		);
	}

	endpoint(
		routes,
		{
			...{
				method: 'post',
				path: '/{id}/rotate',
				operationId: 'rotateWebhookSecret',
				tag,
				summary: 'Make a new secret'
			},
			description: 'For so many seconds deliveries are signed with both.',
			scope: 'webhooks:write',
			params: ById,
			body: Rotate,
			answers: { 200: z.object({ secret: Secret }) }
		},
		async (c, { params: { id }, body }) => {
			const args = { endpoint_id: id, ...body };
			return c.json(
				{ secret: await verb<string>(database, c.var.caller, 'rotate_webhook_secret', args) },
				200,
				noStore
			);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/test', operationId: 'testWebhookEndpoint', tag, summary: 'Send a test' },
			description: 'An event `webhook.test`, tried once. What became of it stands in its delivery.',
			scope: 'webhooks:write',
			params: ById,
			answers: { 202: { description: 'It is on its way.', schema: z.object({ delivery_id: z.guid() }) } },
			refusals: ['webhook_disabled']
		},
		async (c, { params: { id } }) => {
			const delivery = await verb<string>(database, c.var.caller, 'send_test_event', { endpoint_id: id });
			return c.json({ delivery_id: delivery }, 202, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{
				method: 'post',
				path: '/{id}/replay',
				operationId: 'replayWebhookEvents',
				tag,
				summary: 'Send events again'
			},
			description: 'Of a time, the oldest 10,000, each under its own `webhook-id`.',
			scope: 'webhooks:write',
			params: ById,
			body: Replay,
			answers: { 202: { description: 'They are on their way.', schema: z.object({ count: z.int() }) } },
			refusals: ['webhook_disabled']
		},
		async (c, { params: { id }, body }) => {
			const args = { endpoint_id: id, ...body };
			return c.json(
				{ count: await verb<number>(database, c.var.caller, 'replay_webhook_deliveries', args) },
				202,
				noStore
			);
		}
	);

	return routes;
}
