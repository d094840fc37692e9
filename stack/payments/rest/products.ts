/** https://docs.stripe.com/api/products */
import * as z from 'zod';
import { newId, type Records } from '../records.ts';
import type { Thing } from '../store.ts';
import { emptyable, flag, found, merged, metadata, read, text, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';

export type Product = Thing & {
	active: boolean;
	description: string | null;
	metadata: Record<string, string>;
	name: string;
	updated: number;
};

const details = { active: flag.optional(), description: emptyable.optional(), metadata: metadata.optional() };
const New = z.strictObject({ ...details, id: text.regex(/^[\w.-]{1,100}$/).optional(), name: text });
const Changes = z.strictObject({ ...details, name: text.optional() });

/** What a price may say of the product that is made with it. */
export const ProductData = z.strictObject({ name: text, description: text.optional(), metadata: metadata.optional() });

export const products: Route[] = [
	{
		method: 'POST',
		path: '/products',
		name: 'products.create',
		answer: (call) => {
			const asked = read(call, New);
			if (asked.id && call.records.store.find(asked.id)) {
				throw invalid('Product already exists.', { code: 'resource_already_exists', param: 'id' });
			}
			return call.records.add(product(call.records, asked), 'product.created');
		}
	},
	{
		method: 'GET',
		path: '/products',
		name: 'products.list',
		answer: (call) => {
			const asked = read(
				call,
				z.strictObject({ ...listShape, active: flag.optional(), ids: z.array(text).optional() })
			);
			const ids = asked.ids
				? ([['id in (select value from json_each(?))', JSON.stringify(asked.ids)]] as [string, string][])
				: [];
			return answerList(call, 'product', asked, [...equals('active', asked.active), ...ids]);
		}
	},
	{
		method: 'GET',
		path: '/products/:id',
		name: 'products.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'product', call.id);
		}
	},
	{
		method: 'POST',
		path: '/products/:id',
		name: 'products.update',
		answer: (call) => {
			const { metadata: asked, ...plain } = read(call, Changes);
			const known = found<Product>(call.records, 'product', call.id);
			const changes = { ...plain, metadata: merged(known.metadata, asked), updated: call.records.at() };
			return call.records.change(known, changes, 'product.updated');
		}
	}
];

/** A product as it is made, not yet kept. */
export function product({ at }: Records, asked: Partial<z.output<typeof New>> & { name: string }): Product {
	return {
		id: asked.id ?? newId('prod', 14),
		object: 'product',
		...{ default_price: null, images: [], livemode: false, marketing_features: [], package_dimensions: null },
		...{ shippable: null, statement_descriptor: null, tax_code: null, tax_details: null, type: 'service' },
		...{ unit_label: null, url: null },
		active: asked.active ?? true,
		created: at(),
		description: asked.description ?? null,
		metadata: merged({}, asked.metadata),
		name: asked.name,
		updated: at()
	};
}
