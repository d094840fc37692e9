import { z } from '@hono/zod-openapi';
import { Failure } from '../_shared/core/failures.ts';
import { orderStatuses, type NumberOrder } from '../_shared/core/number-orders.ts';
import { numberCapabilities, numberTypes } from '../_shared/core/number-catalogue.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { organizationOf, requireAlive } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { revisionOf } from './etag.ts';
import { keyOf } from './idempotency.ts';
import type { Marketplace, Terms } from './marketplace.ts';
import { ById, Micros, Moment, OrganizationId } from './shapes.ts';

const Wish = z.strictObject({
	organization_id: OrganizationId,
	number: z.e164('This is a number in E.164.'),
	country: z.string().regex(/^[A-Z]{2}$/, 'This is a country by its two letters, for example US.'),
	type: z.enum(numberTypes, `This is one of ${numberTypes.join(', ')}.`),
	total_micros: z
		.int('This has to be a whole number.')
		.min(0)
		.openapi({ description: 'What you agree to pay now: if it costs something else, nothing is bought.' }),
	label: z.string('This has to be a text.').max(40, 'This has at most 40 characters.').nullable().default(null)
});
const Order = z
	.object({
		id: z.guid(),
		e164: z.string(),
		label: z.string(),
		country_code: z.string(),
		kind: z.enum(numberTypes),
		capabilities: z.array(z.enum(numberCapabilities)),
		monthly_micros: Micros,
		setup_micros: Micros,
		total_micros: Micros,
		status: z.enum(orderStatuses),
		phone_number_id: z.guid().nullable().openapi({ description: 'Once it is yours.' }),
		reason: z.string().nullable().openapi({ description: 'Which refusal ended a released one.' }),
		revision: z.int(),
		created_at: Moment
	})
	.openapi('NumberOrder');

type Parts = { database: CallerDatabase; marketplace: Marketplace };

/** `/v1/number-orders`: a number is bought, and looked after. */
export function numberOrders({ database, marketplace }: Parts): Routes {
	const routes = createRoutes();
	const tag = 'Numbers';

	endpoint(
		routes,
		{
			...{ method: 'post', path: '/', operationId: 'orderNumber', tag, summary: 'Buy a number' },
			scope: 'number_orders:write',
			body: Wish,
			answers: { 202: { description: 'The money is set aside, the carrier is asked.', schema: Order } },
			refusals: [
				...(['number_offer_gone', 'number_sold', 'number_price_changed', 'number_documents_missing'] as const),
				...(['number_key_reused', 'numbers_full', 'numbers_capped', 'spending_capped'] as const),
				...(['balance_too_low', 'fresh_session_required'] as const),
				...(['carrier_unavailable', 'number_label_invalid'] as const)
			]
		},
		async (c, { body: wish }) => {
			const organization_id = organizationOf(c.var.caller, wish.organization_id);
			const { total_micros, label } = wish;
			const order = { organization_id, e164: wish.number, total_micros, idempotency_key: keyOf(c), label };
			const place = () => ask<string>(c.var.caller, `select ${call('order_number', order, 'api')} as answer`);
			const id = await place().catch(async (error: unknown) => {
				// nobody has looked at it lately
				if (!(error instanceof Failure) || error.slug !== 'number_offer_gone') throw error;
				await marketplace.offer(wish.number, wish.country, wish.type, (country, sample) => {
					const terms = call('number_terms', { organization_id, country_code: country, sample }, 'api');
					return ask<Terms>(c.var.caller, `select ${terms} as answer`);
				});
				return place();
			});
			c.set('made', { kind: 'number_order', id });
			return c.json(await one(c.var.caller, id), 202, { 'cache-control': 'no-store' });
		}
	);

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/{id}', operationId: 'getNumberOrder', tag, summary: 'Read an order' },
			scope: 'numbers:read',
			params: ById,
			answers: {
				200: { description: 'As it is.', schema: Order, headers: ['ETag'] },
				304: { description: 'As you have it.', headers: ['ETag'] }
			}
		},
		async (c, { params: { id } }) => {
			const order = await one(c.var.caller, id);
			const headers = { etag: `"${order.revision}"`, 'cache-control': 'no-store' };
			if (revisionOf(c.req.header('if-none-match')) === order.revision) return c.body(null, 304, headers);
			return c.json(order, 200, headers);
		}
	);

	async function ask<Answer>(claims: Claims, statement: string): Promise<Answer> {
		const [row] = await database.rows<{ answer: Answer }>(claims, statement);
		if (!row) throw new Failure('internal');
		return row.answer;
	}

	async function one(claims: Claims, id: string): Promise<NumberOrder> {
		const [row] = await database.rows<{ answer: NumberOrder }>(
			claims,
			`select to_jsonb(o) as answer from api.number_orders o where o.id = ${literal(id)}`
		);
		if (row) return row.answer;
		await requireAlive(database, claims);
		throw new Failure('not_found');
	}

	return routes;
}
