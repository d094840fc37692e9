import { z } from '@hono/zod-openapi';
import { numberCapabilities, numberTypes } from '../_shared/core/number-catalogue.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { Malformed } from '../_shared/http/problem.ts';
import { deeds, is, ofOrganization, only, where } from './asking.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { answerPage } from './paging.ts';
import { ById, Id, Micros, Moment, OrganizationId, pageOf, paging, Text, usualLimit } from './shapes.ts';

const statuses = ['active', 'grace', 'quarantined', 'released'] as const;
const Owned = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		e164: z.string(),
		label: z.string(),
		color: z.int().openapi({ description: 'One of eight, 1 to 8.' }),
		country_code: z.string(),
		kind: z.enum(numberTypes),
		capabilities: z.array(z.enum(numberCapabilities)),
		status: z.enum(statuses).openapi({
			description: '`grace`: not renewed, texts still come in; `quarantined`: nothing does; `released`: given back.'
		}),
		monthly_micros: Micros,
		renews_at: Moment.nullable(),
		auto_renew: z.boolean(),
		ends_at: Moment.nullable().openapi({ description: 'It was cancelled for then.' }),
		grace_until: Moment.nullable(),
		quarantined_until: Moment.nullable(),
		restricted: z.boolean().openapi({ description: 'Not for every colleague.' }),
		created_at: Moment,
		released_at: Moment.nullable()
	})
	.openapi('OwnedNumber');
const List = z.strictObject({
	organization_id: OrganizationId,
	status: z.enum(statuses).optional().openapi({ description: 'All that are not released, where nobody says.' }),
	...paging
});
const Change = z.strictObject({
	label: Text.optional().openapi({ description: '1 to 40 characters.' }),
	color: z.int('This is a whole number from 1 to 8.').min(1).max(8).optional()
});
const Release = z.strictObject({
	e164: Text.openapi({
		description: 'The number once more, so that nobody gives back another.',
		example: '+14155550100'
	}),
	at_period_end: z.enum(['true', 'false'], 'This is true or false.').optional().openapi({
		description: '`true`, where nobody says: at the end of what is paid. `false`: now.'
	})
});
const Renew = z.strictObject({ phone_number_id: Id });
const Renewal = z.strictObject({
	auto_renew: z.boolean('This is true or false.').optional().openapi({ description: 'Whether it renews by itself.' }),
	cancelled: z.literal(false, 'This is false.').optional().openapi({
		description: 'It stays, though it was cancelled for the end of what is paid.'
	})
});

type Row = { id: string; label: string; color: number };

const tag = 'Numbers';
const told = `select to_jsonb(n) - 'is_default' as answer from api.owned_numbers n`;
const noStore = { 'cache-control': 'no-store' };

const read = (database: CallerDatabase, caller: Claims, id: string) =>
	only<Row>(database, caller, `${told} where n.id = ${literal(id)}`);

/** `/v1/numbers`: those that are yours, beside those that can be bought (`numbers.ts`). */
export function ownedNumbers({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'listNumbers', tag, summary: 'List your numbers, newest first' },
			scope: 'numbers:read',
			query: List,
			answers: { 200: { description: 'A page of them.', schema: pageOf(Owned), headers: ['Link'] } }
		},
		async (c, { query: { organization_id, status, cursor, limit = usualLimit } }) => {
			const organizationId = organizationOf(c.var.caller, organization_id);
			const conditions = [
				is('n.organization_id', organizationId),
				status === undefined ? 'n.released_at is null' : is('n.status', status),
				cursor !== undefined && `n.id < ${literal(cursor)}`
			];
			const statement = `${told} ${where(conditions)} order by n.id desc limit ${literal(limit + 1)}`;
			return answerPage(c, await ofOrganization<Row>(database, c.var.caller, organizationId, statement), limit);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getNumber', tag, summary: 'Read one of your numbers' },
			scope: 'numbers:read',
			params: ById,
			answers: { 200: Owned }
		},
		async (c, { params: { id } }) => c.json(await read(database, c.var.caller, id), 200, noStore)
	);

	endpoint(
		routes,
		{
			...{ method: 'patch', path: '/{id}', operationId: 'updateNumber', tag, summary: 'Name and colour a number' },
			scope: 'numbers:write',
			params: ById,
			body: Change,
			answers: { 200: Owned },
			refusals: ['number_label_invalid']
		},
		async (c, { params: { id }, body }) => {
			const { label, color } = { ...(await read(database, c.var.caller, id)), ...body };
			// as a literal: a whole number is no smallint
			await deeds(database, c.var.caller, ['update_number', { phone_number_id: id, label, color: String(color) }]);
			return c.json(await read(database, c.var.caller, id), 200, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'delete', path: '/{id}', operationId: 'releaseNumber', tag, summary: 'Give a number back' },
			description: 'Its texts are kept.',
			scope: 'number_orders:write',
			params: ById,
			query: Release,
			answers: { 200: Owned },
			refusals: ['number_differs']
		},
		async (c, { params: { id }, query: { e164, at_period_end } }) => {
			const args = { phone_number_id: id, e164, at_period_end: at_period_end !== 'false' };
			await deeds(database, c.var.caller, ['cancel_number', args]);
			return c.json(await read(database, c.var.caller, id), 200, noStore);
		}
	);

	return routes;
}

/** `/v1/number-renewals`: whether numbers that are yours go on, by their ids. */
export function numberRenewals({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'renewNumber', tag },
			summary: 'Pay for a number that was not renewed',
			description: 'Nothing happens to one that is paid.',
			scope: 'number_orders:write',
			body: Renew,
			answers: { 200: Owned },
			refusals: ['balance_too_low']
		},
		async (c, { body: { phone_number_id } }) => {
			await deeds(database, c.var.caller, ['renew_number', { phone_number_id }]);
			return c.json(await read(database, c.var.caller, phone_number_id), 200, noStore);
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'patch', path: '/{id}', operationId: 'updateNumberRenewal', tag },
			summary: 'Say whether a number goes on',
			scope: 'number_orders:write',
			params: ById,
			body: Renewal,
			answers: { 200: Owned }
		},
		async (c, { params: { id }, body: { auto_renew, cancelled } }) => {
			const wanted = [
				auto_renew !== undefined && (['set_auto_renew', { phone_number_id: id, auto_renew }] as const),
				cancelled === false && (['keep_number', { phone_number_id: id }] as const)
			].filter((each) => each !== false);
			if (wanted.length === 0) throw new Malformed([{ field: '', says: 'Say what is to change.' }]);
			await deeds(database, c.var.caller, ...wanted);
			return c.json(await read(database, c.var.caller, id), 200, noStore);
		}
	);

	return routes;
}
