import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { Malformed } from '../_shared/http/problem.ts';
import { idList } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { revisionOf } from './etag.ts';
import { keyOf } from './idempotency.ts';
import * as rows from './message-rows.ts';
import { Message, messageOrigins, messageStatuses, ScheduledMessage, sendingRefusals } from './message-shapes.ts';
import { answerPage } from './paging.ts';
import { place, placeOf } from './place.ts';
import { ById, E164, Id, Instant, Micros, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

/** What a text says, and to whom. */
const target = {
	...place,
	body: Text.default('').openapi({ description: 'At most 1,600 characters.', example: 'Your table is ready.' }),
	attachment_ids: z
		.array(Id, 'This is a list of ids.')
		.max(10, 'A text has at most 10 files.')
		.optional()
		.openapi({ description: 'Files that were put up by `POST /v1/attachments` between the same two, and are ready.' })
};
const Send = z.strictObject({
	...target,
	seen_seq: z.int('This has to be a whole number.').min(0).optional().openapi({
		description:
			'The newest place of the conversation that you have seen: if a colleague has answered since, nothing is sent.'
	}),
	hold_seconds: z.int('This has to be a whole number.').min(0).max(30).optional().openapi({
		description: 'For so long it waits and can be taken back.'
	}),
	send_at: Instant.optional().openapi({ description: 'Send it then, at most a year ahead.' }),
	time_zone: Text.optional().openapi({ description: 'In which `send_at` was planned; UTC where nobody says.' }),
	cancel_on_reply: z.boolean('This is true or false.').optional().openapi({
		description: 'Whether a scheduled text is not sent if they write before; true where nobody says.'
	})
});
const Preflight = z.strictObject(target);
const Foreseen = z
	.object({
		allowed: z.boolean(),
		reasons: z.array(z.object({ slug: z.string(), says: z.string() })),
		encoding: z.string(),
		segments: z.int(),
		price_micros: Micros.nullable(),
		included_segments: z.int().nullable().openapi({ description: 'How many of its segments the plan covers.' }),
		included_left: z.int().nullable(),
		cost_micros: Micros.nullable().openapi({ description: 'What is left to pay, in micros of USD.' }),
		currency: z.literal('USD'),
		expected_delay_seconds: z.int().openapi({
			description: 'How long it would wait, because the carrier takes no more from the number at once.'
		})
	})
	.openapi('MessagePreflight');
const List = z.strictObject({
	organization_id: OrganizationId,
	conversation_id: Id.optional(),
	phone_number_id: Id.optional(),
	contact_number: E164.optional(),
	direction: z.enum(['inbound', 'outbound']).optional(),
	status: z.enum(messageStatuses).optional(),
	origin: z.enum(messageOrigins).optional(),
	api_key_id: Id.optional().openapi({ description: 'Sent by this key.' }),
	created_since: Instant.optional(),
	created_until: Instant.optional(),
	...paging
});

/** `/v1/messages`: texts are sent, asked about beforehand, read, and taken back. */
export function messages({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Messages';

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'sendMessage', tag, summary: 'Send a text, or schedule one' },
			description:
				'Into a conversation, or from a number to another. It is answered once the text is accepted: `status` tells later how it ' +
				'went. With `send_at` it is scheduled, and answered 202.',
			scope: 'messages:write',
			body: Send,
			answers: {
				201: { description: 'It is accepted.', schema: Message, headers: ['ETag'] },
				202: { description: 'It waits for its time.', schema: ScheduledMessage }
			},
			refusals: [
				...sendingRefusals,
				'collision',
				'sent_twice',
				'idempotency_key_reused',
				'send_at_invalid',
				'time_zone_invalid'
			]
		},
		async (c, { body: wish }) => {
			const organizationId = organizationOf(c.var.caller, wish.organization_id);
			const { args, between } = placeOf(organizationId, wish);
			const common = [
				...args,
				...filesOf(wish),
				`body => ${literal(wish.body)}`,
				`idempotency_key => ${literal(keyOf(c))}`
			];
			if (wish.send_at === undefined) {
				const more = [
					wish.seen_seq !== undefined && `seen_seq => ${literal(wish.seen_seq)}`,
					// as a literal: a whole number is no smallint
					wish.hold_seconds !== undefined && `hold_seconds => ${literal(String(wish.hold_seconds))}`
				];
				const statement = `api.send_message(${[...common, ...more].filter(Boolean).join(', ')})`;
				const sent = await rows.asTold(database, c.var.caller, statement, between);
				c.set('made', { kind: 'message', id: sent.id });
				return answer(c, sent, 201);
			}
			if (wish.hold_seconds !== undefined || wish.seen_seq !== undefined) {
				throw new Malformed([{ field: 'send_at', says: 'This goes without seen_seq and hold_seconds.' }]);
			}
			const plan = [
				...(wish.conversation_id === undefined ? ['conversation_id => null'] : []),
				`send_at => ${literal(wish.send_at)}`,
				`time_zone => ${literal(wish.time_zone ?? 'UTC')}`,
				`cancel_on_reply => ${literal(wish.cancel_on_reply ?? true)}`
			];
			const statement = `api.schedule_message(${[...common, ...plan].join(', ')})`;
			const planned = await rows.asToldScheduled(database, c.var.caller, statement, between);
			c.set('made', { kind: 'scheduled_message', id: planned.id });
			return c.json(planned, 202, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/preflight', operationId: 'preflightMessage', tag },
			summary: 'Ask what would become of a text',
			description:
				'Whether it would be accepted and why not, its segments, and what it costs. Sends and stores nothing.',
			scope: 'messages:write',
			body: Preflight,
			answers: { 200: Foreseen }
		},
		async (c, { body: wish }) => {
			const { args } = placeOf(organizationOf(c.var.caller, wish.organization_id), wish);
			const statement = `api.preflight_message(${[...args, ...filesOf(wish), `body => ${literal(wish.body)}`].join(', ')})`;
			const [row] = await database.rows<{ answer: object }>(c.var.caller, `select ${statement} as answer`);
			return c.json(row?.answer, 200, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listMessages', tag, summary: 'List texts, newest first' },
			scope: 'messages:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Message), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, created_since, created_until, ...same } }) => {
			const filter = {
				...same,
				...(created_since !== undefined && { created_since: new Date(created_since) }),
				...(created_until !== undefined && { created_until: new Date(created_until) })
			};
			const organizationId = organizationOf(c.var.caller, organization_id);
			const page = { cursor, limit: limit + 1 };
			return answerPage(c, await rows.list(database, c.var.caller, organizationId, filter, page), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getMessage', tag, summary: 'Read a text' },
			scope: 'messages:read',
			params: ById,
			answers: {
				200: { description: 'As it is.', schema: Message, headers: ['ETag'] },
				304: { description: 'As you have it.', headers: ['ETag'] }
			}
		},
		async (c, { params: { id } }) => {
			const found = await rows.one(database, c.var.caller, id);
			if (revisionOf(c.req.header('if-none-match')) === found.revision) return c.body(null, 304, headersOf(found));
			return answer(c, found, 200);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/cancel', operationId: 'cancelMessage', tag, summary: 'Take a text back' },
			description:
				'One of your own that has not left, for example because of its `hold_seconds`. For scheduled ones there is ' +
				'`/v1/scheduled-messages/{id}/cancel`.',
			scope: 'messages:write',
			params: ById,
			answers: { 200: { description: 'It will not be sent.', schema: Message, headers: ['ETag'] } },
			refusals: ['already_sent']
		},
		async (c, { params: { id } }) => {
			const statement = call('unsend_message', { message_id: id }, 'api');
			return answer(c, await rows.asTold(database, c.var.caller, statement), 200);
		}
	);

	return routes;
}

const filesOf = ({ attachment_ids: ids }: { attachment_ids?: string[] | undefined }) =>
	ids?.length ? [`attachment_ids => ${literal(idList(ids))}`] : [];

function answer(c: Context, found: rows.MessageRow, status: 200 | 201): Response {
	return c.json(found, status, headersOf(found));
}

/** What somebody wrote is in it: nobody in between keeps it. */
function headersOf({ revision }: rows.MessageRow): Record<string, string> {
	return { etag: `"${revision}"`, 'cache-control': 'no-store' };
}
