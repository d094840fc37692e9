import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { Malformed } from '../_shared/http/problem.ts';
import { deeds, idList } from './asking.ts';
import { organizationOf } from './caller.ts';
import { Conversation } from './conversation-shapes.ts';
import * as rows from './conversation-rows.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { revisionOf } from './etag.ts';
import { Message } from './message-shapes.ts';
import { ofConversation } from './message-rows.ts';
import { answerRows, placeIn, placeOf } from './paging.ts';
import { ById, E164, Id, Instant, OrganizationId, pageOf, places, usualLimit, wholeNumber } from './shapes.ts';

const List = z.strictObject({
	organization_id: OrganizationId,
	state: z
		.enum(['open', 'snoozed', 'archived', 'all'])
		.optional()
		.openapi({ description: '`open` where nobody says.' }),
	phone_number_id: Id.optional(),
	contact_id: Id.optional(),
	contact_number: E164.optional(),
	assignee_id: z.union([z.literal('none'), Id], 'This is an id or none.').optional(),
	label_id: Id.optional(),
	updated_since: Instant.optional(),
	...places
});
const Place = z.object({ at: Instant, id: Id });
const Labels = z.array(Id, 'This is a list of ids.').max(20, 'A conversation can have 20 labels.').optional();
const Change = z.strictObject({
	archived: z.boolean('This is true or false.').optional(),
	snoozed_until: Instant.nullable().optional().openapi({ description: 'Within a year; null wakes it.' }),
	assignee_id: Id.nullable().optional().openapi({ description: 'A colleague; null: nobody.' }),
	add_label_ids: Labels,
	remove_label_ids: Labels,
	last_read_seq: z.int('This has to be a whole number.').min(0).optional().openapi({
		description: 'How far you have read; for people, since each has their own mark.'
	})
});
const Texts = z.strictObject({
	after_seq: wholeNumber(0, 1e15).optional().openapi({ description: 'Those after this place, oldest first.' }),
	after_revision: wholeNumber(0, 1e15).optional().openapi({
		description: 'What is new or has changed since, in the order of the changes.'
	}),
	limit: wholeNumber(1, 100).optional()
});

/** `/v1/conversations`: found, read, archived, snoozed, assigned and labelled. */
export function conversations({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Conversations';

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listConversations', tag },
			summary: 'List conversations, the newest text first',
			scope: 'conversations:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Conversation), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, state = 'open', ...asked } }) => {
			const { assignee_id, updated_since, ...same } = asked;
			const filter = {
				...same,
				state,
				...(assignee_id !== undefined && { assignee_id: assignee_id === 'none' ? null : assignee_id }),
				...(updated_since !== undefined && { updated_since: new Date(updated_since) })
			};
			const organizationId = organizationOf(c.var.caller, organization_id);
			const page = { place: placeIn(cursor, Place), limit: limit + 1 };
			const found = await rows.list(database, c.var.caller, organizationId, filter, page);
			return answerRows(c, found, limit, ({ last_message_at, id }) => placeOf({ at: last_message_at, id }));
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getConversation', tag, summary: 'Read a conversation' },
			scope: 'conversations:read',
			params: ById,
			answers: {
				200: { description: 'As it is.', schema: Conversation, headers: ['ETag'] },
				304: { description: 'As you have it.', headers: ['ETag'] }
			}
		},
		async (c, { params: { id } }) => {
			const found = await rows.one(database, c.var.caller, id);
			const headers = { etag: `"${found.revision}"`, 'cache-control': 'no-store' };
			if (revisionOf(c.req.header('if-none-match')) === found.revision) return c.body(null, 304, headers);
			return c.json(found, 200, headers);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}/messages', operationId: 'listConversationMessages', tag },
			summary: 'Read the texts of a conversation',
			description:
				'In their order; the next page is what comes after the last `seq`. To keep a copy, ask for everything after the largest ' +
				'`revision` that you have: what changed late is in it.',
			scope: 'messages:read',
			params: ById,
			query: Texts,
			answers: { 200: z.object({ data: z.array(Message) }) }
		},
		async (c, { params: { id }, query: { after_seq, after_revision, limit = usualLimit } }) => {
			if (after_seq !== undefined && after_revision !== undefined) {
				throw new Malformed([{ field: 'after_revision', says: 'This goes without after_seq.' }]);
			}
			const after = after_revision === undefined ? { seq: after_seq ?? 0 } : { revision: after_revision };
			const data = await ofConversation(database, c.var.caller, id, after, limit);
			return c.json({ data }, 200, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'patch', path: '/{id}', operationId: 'updateConversation', tag, summary: 'Change a conversation' },
			description: 'All that is said is done, or nothing of it.',
			scope: 'conversations:write',
			params: ById,
			body: Change,
			answers: { 204: { description: 'It is so.' } },
			refusals: ['assignee_invalid', 'snooze_invalid', 'label_gone', 'labels_too_many']
		},
		async (c, { params: { id }, body }) => {
			const conversation_ids = idList([id]);
			const { add_label_ids: add = [], remove_label_ids: remove = [] } = body;
			if (body.last_read_seq !== undefined && c.var.caller.role === 'api_key') {
				throw new Malformed([{ field: 'last_read_seq', says: 'A key has read nothing.' }]);
			}
			const wanted = [
				body.archived === true && (['archive_conversations', { conversation_ids }] as const),
				body.archived === false && (['restore_conversations', { conversation_ids }] as const),
				body.snoozed_until !== undefined &&
					(['snooze_conversations', { conversation_ids, until: body.snoozed_until }] as const),
				body.assignee_id !== undefined &&
					(['assign_conversations', { conversation_ids, assignee_id: body.assignee_id }] as const),
				add.length + remove.length > 0 &&
					(['set_labels', { conversation_ids, add: idList(add), remove: idList(remove) }] as const),
				body.last_read_seq !== undefined && (['mark_read', { conversation_id: id, seq: body.last_read_seq }] as const)
			].filter((each) => each !== false);
			if (wanted.length === 0) throw new Malformed([{ field: '', says: 'Say what is to change.' }]);
			await deeds(database, c.var.caller, ...wanted);
			return c.body(null, 204);
		}
	);

	return routes;
}
