import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { storable } from '../_shared/database-literal.ts';
import { deeds, idList, verb } from './asking.ts';
import { organizationOf } from './caller.ts';
import * as rows from './contact-rows.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { answerPage } from './paging.ts';
import { ById, E164, Id, Instant, Moment, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

const Contact = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		phone_number: z.string().openapi({ description: 'E.164, or what a service signs its texts with.' }),
		name: z.string().nullable(),
		notes: z.string().nullable(),
		blocked_at: Moment.nullable(),
		blocked_count: z.int().openapi({ description: 'Texts that came while blocked.' }),
		merged_into_id: z.guid().nullable().openapi({ description: 'The same person under another number.' }),
		created_at: Moment,
		updated_at: Moment
	})
	.openapi('Contact');
const List = z.strictObject({
	organization_id: OrganizationId,
	phone_number: E164.optional(),
	query: Text.min(1, 'Say what to look for.').max(100, 'This has at most 100 characters.').optional().openapi({
		description: 'A part of a name, or at least three digits of a number.'
	}),
	blocked: z.enum(['true', 'false'], 'This is true or false.').optional(),
	updated_since: Instant.optional(),
	...paging
});
const Name = Text.nullable().openapi({ description: 'At most 100 characters.' });
const Notes = Text.nullable().openapi({ description: 'At most 4,000 characters; only colleagues see them.' });
const Create = z.strictObject({
	organization_id: OrganizationId,
	phone_number: Text.openapi({ description: 'E.164.', example: '+14155550123' }),
	name: Name.default(null),
	notes: Notes.default(null)
});
const Change = z.strictObject({ name: Name.optional(), notes: Notes.optional() });
const Merge = z.strictObject({
	ids: z.array(Id, 'This is a list of ids.').min(1, 'Say whom.').max(50, 'These are at most 50.')
});
const Line = z.strictObject({
	phone_number: Text,
	name: Text.nullable().optional(),
	notes: Text.nullable().optional()
});
const Import = z.strictObject({
	organization_id: OrganizationId,
	contacts: z.array(Line, 'This is a list.').min(1, 'Say whom.').max(500, 'These are at most 500.'),
	dry_run: z.boolean('This is true or false.').default(false)
});

type Parts = { database: CallerDatabase };

/** `/v1/contacts`: people are added, named, merged, blocked and found. */
export function contacts({ database }: Parts): Routes {
	const routes = createRoutes();
	const tag = 'Contacts';
	const refusals = ['contact_name_too_long', 'contact_notes_too_long'] as const;
	const noStore = { 'cache-control': 'no-store' };

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listContacts', tag, summary: 'List contacts, newest first' },
			scope: 'contacts:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Contact), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, cursor, limit = usualLimit, blocked, updated_since, ...same } }) => {
			const filter = {
				...same,
				...(blocked !== undefined && { blocked: blocked === 'true' }),
				...(updated_since !== undefined && { updated_since: new Date(updated_since) })
			};
			const organizationId = organizationOf(c.var.caller, organization_id);
			const page = { cursor, limit: limit + 1 };
			return answerPage(c, await rows.list(database, c.var.caller, organizationId, filter, page), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'createContact', tag, summary: 'Add a contact' },
			description: 'Somebody who has texted already is named.',
			scope: 'contacts:write',
			body: Create,
			answers: { 201: { description: 'It is there.', schema: Contact } },
			refusals: [...refusals, 'phone_number_invalid', 'contact_exists']
		},
		async (c, { body: { organization_id, ...wish } }) => {
			const args = { organization_id: organizationOf(c.var.caller, organization_id), ...wish };
			const made = await verb<rows.ContactRow & { sort_name?: string }>(database, c.var.caller, 'create_contact', args);
			delete made.sort_name;
			return c.json(made, 201, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/import', operationId: 'importContacts', tag, summary: 'Add or change many' },
			description: 'At most 500. Each is answered in order; what is left out of one stays.',
			scope: 'contacts:write',
			body: Import,
			answers: {
				200: z.object({
					results: z.array(z.string()).openapi({
						description: '`created`, `updated`, `unchanged`, or the code of what is wrong with it.'
					})
				})
			}
		},
		async (c, { body: { organization_id, contacts: lines, dry_run } }) => {
			const rows = JSON.stringify(lines, (_key, part: unknown) => (typeof part === 'string' ? storable(part) : part));
			const args = { organization_id: organizationOf(c.var.caller, organization_id), rows, dry_run };
			return c.json({ results: await verb<string[]>(database, c.var.caller, 'import_contacts', args) }, 200, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getContact', tag, summary: 'Read a contact' },
			scope: 'contacts:read',
			params: ById,
			answers: { 200: Contact }
		},
		async (c, { params: { id } }) => c.json(await rows.one(database, c.var.caller, id), 200, noStore)
	);

	endpoint(
		routes,
		{
			...{
				method: 'patch',
				path: '/{id}',
				operationId: 'updateContact',
				tag,
				summary: 'Name a contact, or note something'
			},
			description: 'Under all of their numbers. What is not said stays, which a key needs `contacts:read` for.',
			scope: 'contacts:write',
			params: ById,
			body: Change,
			answers: { 204: { description: 'It is so.' } },
			refusals
		},
		async (c, { params: { id }, body }) => {
			const isWhole = body.name !== undefined && body.notes !== undefined;
			const known = isWhole ? { name: null, notes: null } : await rows.one(database, c.var.caller, id);
			const { name = known.name, notes = known.notes } = body;
			await deeds(database, c.var.caller, ['update_contact', { contact_id: id, name, notes }]);
			return c.body(null, 204);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/merge', operationId: 'mergeContacts', tag },
			summary: 'Say that several numbers are one person’s',
			description: 'They share this one’s name from then on, and all notes. Each keeps its conversations.',
			scope: 'contacts:write',
			params: ById,
			body: Merge,
			answers: { 204: { description: 'It is so.' } }
		},
		async (c, { params: { id }, body: { ids } }) => {
			await deeds(database, c.var.caller, ['merge_contacts', { into_id: id, ids: idList(ids) }]);
			return c.body(null, 204);
		}
	);

	const plain = [
		['/{id}/split', 'splitContact', 'Say that a number is another person’s after all', 'split_contact'],
		['/{id}/block', 'blockContact', 'Block a person', 'block_contact'],
		['/{id}/unblock', 'unblockContact', 'End a block', 'unblock_contact']
	] as const;
	for (const [path, operationId, summary, name] of plain) {
		endpoint(
			routes,
			{
				...{ method: 'post', path, operationId, tag, summary },
				scope: 'contacts:write',
				params: ById,
				answers: { 204: { description: 'It is so.' } }
			},
			async (c, { params: { id } }) => {
				await deeds(database, c.var.caller, [name, { contact_id: id }]);
				return c.body(null, 204);
			}
		);
	}

	return routes;
}
