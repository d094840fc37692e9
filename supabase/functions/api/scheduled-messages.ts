import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { idList } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import * as rows from './message-rows.ts';
import { ScheduledMessage, scheduledStatuses, sendingRefusals } from './message-shapes.ts';
import { answerPage } from './paging.ts';
import { ById, Id, Instant, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

const List = z.strictObject({
	organization_id: OrganizationId,
	conversation_id: Id.optional(),
	phone_number_id: Id.optional(),
	status: z.enum(scheduledStatuses).optional(),
	...paging
});
const Change = z.strictObject({
	body: Text.optional(),
	send_at: Instant.optional(),
	time_zone: Text.optional(),
	cancel_on_reply: z.boolean('This is true or false.').optional(),
	attachment_ids: z
		.array(Id, 'This is a list of ids.')
		.max(10, 'A text has at most 10 files.')
		.optional()
		.openapi({ description: 'All its files, those that stay as well.' })
});
const noStore = { 'cache-control': 'no-store' };

/** `/v1/scheduled-messages`: texts that wait for their time, made by `POST /v1/messages`. */
export function scheduledMessages({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Messages';

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listScheduledMessages', tag },
			summary: 'List scheduled texts, newest first',
			scope: 'messages:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(ScheduledMessage), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, ...filter } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const page = { cursor, limit: limit + 1 };
			return answerPage(c, await rows.listScheduled(database, c.var.caller, organizationId, filter, page), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getScheduledMessage', tag, summary: 'Read a scheduled text' },
			scope: 'messages:read',
			params: ById,
			answers: { 200: ScheduledMessage }
		},
		async (c, { params: { id } }) => c.json(await rows.oneScheduled(database, c.var.caller, id), 200, noStore)
	);

	endpoint(
		routes,
		{
			...{ method: 'patch', path: '/{id}', operationId: 'updateScheduledMessage', tag },
			summary: 'Change a scheduled text',
			description: 'What is not said stays. Whoever changes it has written it. A key needs `messages:read` as well.',
			scope: 'messages:write',
			params: ById,
			body: Change,
			answers: { 200: ScheduledMessage },
			refusals: [...sendingRefusals, 'schedule_over', 'send_at_invalid', 'time_zone_invalid']
		},
		async (c, { params: { id }, body: wish }) => {
			const known = await rows.oneScheduled(database, c.var.caller, id);
			const args = {
				scheduled_id: id,
				body: wish.body ?? String(known.body),
				send_at: wish.send_at ?? String(known.send_at),
				time_zone: wish.time_zone ?? String(known.time_zone),
				cancel_on_reply: wish.cancel_on_reply ?? null,
				attachment_ids: wish.attachment_ids === undefined ? null : idList(wish.attachment_ids)
			};
			const verb = call('update_scheduled_message', args, 'api');
			return c.json(await rows.asToldScheduled(database, c.var.caller, verb), 200, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/cancel', operationId: 'cancelScheduledMessage', tag },
			summary: 'Have a scheduled text not be sent',
			scope: 'messages:write',
			params: ById,
			answers: { 200: ScheduledMessage },
			refusals: ['schedule_over']
		},
		async (c, { params: { id } }) => {
			const verb = `api.cancel_scheduled_message(${literal(id)})`;
			return c.json(await rows.asToldScheduled(database, c.var.caller, verb), 200, noStore);
		}
	);

	return routes;
}
