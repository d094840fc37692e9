import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { deeds, is, ofOrganization, only, verb, where } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { answerPage } from './paging.ts';
import { ById, Moment, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

const Label = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		name: z.string(),
		color: z.int().nullable().openapi({ description: 'One of eight, 1 to 8; null: none.' }),
		created_at: Moment
	})
	.openapi('Label');
const List = z.strictObject({ organization_id: OrganizationId, ...paging });
const Create = z.strictObject({ organization_id: OrganizationId, name: Text });
const Color = z.int('This is a whole number from 1 to 8.').min(1).max(8).nullable();
const Change = z.strictObject({ name: Text, color: Color.default(null) });

type Row = { id: string };

/** `/v1/labels`: an organization's own words for its conversations. */
export function labels({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const tag = 'Conversations';
	const told = 'select to_jsonb(l) as answer from api.labels l';

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listLabels', tag, summary: 'List labels, newest first' },
			scope: 'conversations:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Label), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const conditions = [is('l.organization_id', organizationId), cursor !== undefined && `l.id < ${literal(cursor)}`];
			const statement = `${told} ${where(conditions)} order by l.id desc limit ${literal(limit + 1)}`;
			return answerPage(c, await ofOrganization<Row>(database, c.var.caller, organizationId, statement), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getLabel', tag, summary: 'Read a label' },
			scope: 'conversations:read',
			params: ById,
			answers: { 200: Label }
		},
		async (c, { params: { id } }) =>
			c.json(await only<Row>(database, c.var.caller, `${told} where l.id = ${literal(id)}`), 200)
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'createLabel', tag, summary: 'Make a label' },
			scope: 'conversations:write',
			body: Create,
			answers: { 201: { description: 'It is there.', schema: z.object({ id: z.guid() }) } },
			refusals: ['label_name_invalid', 'label_taken', 'labels_too_many']
		},
		async (c, { body: { organization_id, name } }) => {
			const args = { organization_id: organizationOf(c.var.caller, organization_id), name };
			return c.json({ id: await verb<string>(database, c.var.caller, 'create_label', args) }, 201);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'put', path: '/{id}', operationId: 'updateLabel', tag, summary: 'Name and colour a label' },
			scope: 'conversations:write',
			params: ById,
			body: Change,
			answers: { 204: { description: 'It is so.' } },
			refusals: ['label_name_invalid', 'label_color_invalid', 'label_taken']
		},
		async (c, { params: { id }, body: { name, color } }) => {
			// as a literal: a whole number is no smallint
			const args = { label_id: id, name, color: color === null ? null : String(color) };
			await deeds(database, c.var.caller, ['change_label', args]);
			return c.body(null, 204);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'delete', path: '/{id}', operationId: 'deleteLabel', tag, summary: 'Take a label away' },
			description: 'Also from every conversation.',
			scope: 'conversations:write',
			params: ById,
			answers: { 204: { description: 'It is gone.' } }
		},
		async (c, { params: { id } }) => {
			await deeds(database, c.var.caller, ['delete_label', { label_id: id }]);
			return c.body(null, 204);
		}
	);

	return routes;
}
