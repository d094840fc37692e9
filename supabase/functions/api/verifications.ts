import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { timeToLive, verificationStatuses } from '../_shared/core/verifications.ts';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { revisionOf } from './etag.ts';
import { keyOf } from './idempotency.ts';
import { answerPage } from './paging.ts';
import { ById, Moment, OrganizationId, pageOf, paging, Text, usualLimit, wholeNumber } from './shapes.ts';
import * as rows from './verification-rows.ts';
import type { Waiting } from './waiting.ts';

const Create = z.strictObject({
	organization_id: OrganizationId,
	service: Text.openapi({ description: 'An id or name of the catalogue, else a name of your own.', example: 'GitHub' }),
	number: z
		.union([z.literal('any'), z.guid(), z.e164()], 'This is an id, a number in E.164 or any.')
		.default('any')
		.openapi({ description: 'On which number: its id, the number, or any that suits.' }),
	ttl_seconds: z
		.int32('This has to be a whole number.')
		.default(timeToLive.usual)
		.openapi({
			description: `How long to wait: ${timeToLive.least} to ${timeToLive.most} seconds.`
		}),
	note: Text.nullable().default(null)
});
const Cancel = z.strictObject({ reason: Text.nullable().default(null) });
const Complete = z.strictObject({
	code: Text.nullable().default(null).openapi({ description: 'Which code it was; null: the newest.' })
});
/** In seconds. */
const longestWait = 60;
const Get = z.strictObject({
	wait: wholeNumber(0, longestWait).optional().openapi({
		description: 'Answer when there is news, in at most so many seconds.'
	}),
	revision: wholeNumber(0, 1e15).optional().openapi({ description: 'What you have seen: news is what comes after it.' })
});
const List = z.strictObject({
	organization_id: OrganizationId,
	status: z.enum(verificationStatuses, `This is one of ${verificationStatuses.join(', ')}.`).optional(),
	...paging
});

const Verification = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		phone_number_id: z.guid(),
		number_e164: z.string(),
		number_label: z.string(),
		service_id: z.string().nullable(),
		service_name: z.string(),
		requested_by: z.guid().nullable(),
		api_key_id: z.guid().nullable(),
		note: z.string().nullable(),
		ttl_seconds: z.int(),
		status: z.enum(verificationStatuses),
		expires_at: Moment,
		code: z.string().nullable().openapi({ description: 'The newest.' }),
		final_code: z.string().nullable().openapi({ description: 'What it was completed with.' }),
		has_code: z.boolean(),
		code_count: z.int(),
		late_count: z.int().openapi({ description: 'Codes that came after its end.' }),
		code_received_at: Moment.nullable(),
		ended_at: Moment.nullable(),
		cancel_reason: z.string().nullable(),
		revision: z.int().openapi({ description: 'Every change has the next one. Also the `ETag`.' }),
		created_at: Moment,
		updated_at: Moment
	})
	.openapi('Verification');

type Parts = { database: CallerDatabase; waiting: Waiting };

/** `/v1/verifications`: asked for, waited for, cancelled, completed, and those of an organization. */
export function verifications({ database, waiting }: Parts): Routes {
	const routes = createRoutes();
	const tag = 'Verifications';

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'createVerification', tag, summary: 'Ask for a code' },
			scope: 'verifications:write',
			body: Create,
			answers: { 201: { description: 'It waits for its code.', schema: Verification, headers: ['ETag'] } },
			refusals: [
				...(['service_invalid', 'ttl_invalid', 'verification_note_too_long', 'number_missing'] as const),
				...([
					'allowed_use_unconfirmed',
					'verifications_too_many',
					'verifications_capped',
					'verification_key_reused'
				] as const)
			]
		},
		async (c, { body: wish }) => {
			const asked = await rows.request(database, c.var.caller, {
				organizationId: organizationOf(c.var.caller, wish.organization_id),
				service: wish.service,
				number: wish.number === 'any' ? null : wish.number,
				ttlSeconds: wish.ttl_seconds,
				note: wish.note,
				key: keyOf(c)
			});
			c.set('made', { kind: 'verification', id: asked.id });
			return answer(c, asked, 201);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listVerifications', tag, summary: 'List requests, newest first' },
			scope: 'verifications:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Verification), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, status = null, cursor = null, limit = usualLimit } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const filter = { organizationId, status, before: cursor, limit: limit + 1 };
			return answerPage(c, await rows.list(database, c.var.caller, filter), limit);
		}
	);

	endpoint(
		routes,
		{
			...{
				method: 'get',
				path: '/{id}',
				operationId: 'getVerification',
				tag,
				summary: 'Read a request, or wait for news'
			},
			description:
				'With `wait`, it is answered once a code is there or it has ended; with `revision` or `If-None-Match` as well, after ' +
				'the first change since. Time over without news: as it is, or 304.',
			scope: 'verifications:read',
			params: ById,
			query: Get,
			answers: {
				200: { description: 'As it is.', schema: Verification, headers: ['ETag'] },
				304: { description: 'As you have it.', headers: ['ETag'] }
			}
		},
		async (c, { params: { id }, query: { wait = 0, revision } }) => {
			const tag = c.req.header('if-none-match');
			const known = revision ?? revisionOf(tag);
			const found =
				wait === 0
					? await rows.one(database, c.var.caller, id)
					: await waiting.wait({ claims: c.var.caller, id, known, seconds: wait, left: c.req.raw.signal });
			if (tag !== undefined && revisionOf(tag) === found.revision) return c.body(null, 304, headersOf(found));
			return answer(c, found, 200);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/cancel', operationId: 'cancelVerification', tag, summary: 'Wait no longer' },
			scope: 'verifications:write',
			params: ById,
			body: Cancel,
			answers: { 200: { description: 'It has ended.', schema: Verification, headers: ['ETag'] } },
			refusals: ['verification_over', 'cancel_reason_too_long']
		},
		async (c, { params: { id }, body: { reason } }) =>
			answer(c, await rows.cancel(database, c.var.caller, id, reason), 200)
	);

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/{id}/complete', operationId: 'completeVerification', tag },
			summary: 'Say that the code was used',
			scope: 'verifications:write',
			params: ById,
			body: Complete,
			answers: { 200: { description: 'It has ended.', schema: Verification, headers: ['ETag'] } },
			refusals: ['verification_over', 'code_missing', 'code_taken', 'code_removed']
		},
		async (c, { params: { id }, body: { code } }) =>
			answer(c, await rows.complete(database, c.var.caller, id, code), 200)
	);

	return routes;
}

function answer(c: Context, found: rows.Verification, status: 200 | 201): Response {
	return c.json(found, status, headersOf(found));
}

/** A code is in it: nobody in between keeps it. */
function headersOf({ revision }: rows.Verification): Record<string, string> {
	return { etag: `"${revision}"`, 'cache-control': 'no-store' };
}
