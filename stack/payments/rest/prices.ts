/** https://docs.stripe.com/api/prices */
import * as z from 'zod';
import { newId, type Records } from '../records.ts';
import type { Thing } from '../store.ts';
import {
	currency,
	emptyable,
	flag,
	found,
	merged,
	metadata,
	read,
	text,
	whole,
	type Call,
	type Route
} from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';
import { product, ProductData } from './products.ts';

export type Price = Thing & {
	active: boolean;
	currency: string;
	lookup_key: string | null;
	metadata: Record<string, string>;
	nickname: string | null;
	product: string;
	recurring: { interval: string; interval_count: number } | null;
	type: 'one_time' | 'recurring';
	unit_amount: number | null;
};

const behaviour = z.enum(['exclusive', 'inclusive', 'unspecified']);

export const Recurring = z.strictObject({
	interval: z.enum(['day', 'week', 'month', 'year']),
	interval_count: whole.pipe(z.int().min(1)).default(1)
});

/** What a price says wherever one is made: on its own or in a line of Checkout. */
export const Amount = {
	currency,
	unit_amount: whole.pipe(z.int().min(0)),
	tax_behavior: behaviour.optional(),
	product: text.optional(),
	product_data: ProductData.optional()
};
const New = z.strictObject({
	...Amount,
	active: flag.optional(),
	lookup_key: text.max(200).optional(),
	transfer_lookup_key: flag.optional(),
	metadata: metadata.optional(),
	nickname: text.optional(),
	recurring: Recurring.optional()
});
const Changes = z.strictObject({
	active: flag.optional(),
	lookup_key: emptyable.optional(),
	transfer_lookup_key: flag.optional(),
	metadata: metadata.optional(),
	nickname: emptyable.optional(),
	tax_behavior: behaviour.optional()
});
const Asked = z.strictObject({
	...listShape,
	active: flag.optional(),
	currency: currency.optional(),
	product: text.optional(),
	type: z.enum(['one_time', 'recurring']).optional(),
	lookup_keys: z.array(text).max(10).optional()
});

export const prices: Route[] = [
	{
		method: 'POST',
		path: '/prices',
		name: 'prices.create',
		answer: (call) => {
			const { transfer_lookup_key, ...asked } = read(call, New);
			freeKey(call, asked.lookup_key, transfer_lookup_key);
			return call.records.add(price(call.records, asked), 'price.created');
		}
	},
	{
		method: 'GET',
		path: '/prices',
		name: 'prices.list',
		answer: (call) => {
			const asked = read(call, Asked);
			return answerList(call, 'price', asked, [
				...equals('active', asked.active),
				...equals('currency', asked.currency),
				...equals('product', asked.product),
				...equals('type', asked.type),
				...(asked.lookup_keys
					? ([["body ->> 'lookup_key' in (select value from json_each(?))", JSON.stringify(asked.lookup_keys)]] as [
							string,
							string
						][])
					: [])
			]);
		}
	},
	{
		method: 'GET',
		path: '/prices/:id',
		name: 'prices.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'price', call.id);
		}
	},
	{
		method: 'POST',
		path: '/prices/:id',
		name: 'prices.update',
		answer: (call) => {
			const { metadata: asked, transfer_lookup_key, ...plain } = read(call, Changes);
			const known = found<Price>(call.records, 'price', call.id);
			if (plain.lookup_key !== known.lookup_key) freeKey(call, plain.lookup_key, transfer_lookup_key);
			return call.records.change(known, { ...plain, metadata: merged(known.metadata, asked) }, 'price.updated');
		}
	}
];

/** A lookup key belongs to one price: it is taken from its owner if that was asked for, else refused. */
function freeKey({ records }: Call, key: string | null | undefined, transfer = false): void {
	if (!key) return;
	const [owner] = records.store.list<Price>({ kind: 'price', where: equals('lookup_key', key), limit: 1 });
	if (!owner) return;
	if (!transfer) {
		throw invalid(`A price (\`${owner.id}\`) already uses that lookup key.`, {
			code: 'resource_already_exists',
			param: 'lookup_key'
		});
	}
	records.change(owner, { lookup_key: null }, 'price.updated');
}

type Draft = Partial<z.output<typeof New>> & { currency: string; unit_amount: number };

/** A price as it is made, not yet kept; the product it brings along is. */
export function price(records: Records, asked: Draft): Price {
	if ((asked.product === undefined) === (asked.product_data === undefined)) {
		throw invalid('You must specify either `product` or `product_data` when creating a price.', {
			code: 'parameter_missing',
			param: 'product'
		});
	}
	if (asked.product) found(records, 'product', asked.product, 'product');
	const made = asked.product_data && records.add(product(records, asked.product_data), 'product.created');
	const { recurring } = asked;
	return {
		id: newId('price'),
		object: 'price',
		...{ billing_scheme: 'per_unit', custom_unit_amount: null, livemode: false, tiers_mode: null },
		...{ transform_quantity: null, tax_behavior: asked.tax_behavior ?? 'unspecified' },
		active: asked.active ?? true,
		created: records.at(),
		currency: asked.currency,
		lookup_key: asked.lookup_key ?? null,
		metadata: merged({}, asked.metadata),
		nickname: asked.nickname ?? null,
		product: asked.product ?? made?.id ?? '',
		recurring: recurring ? { ...recurring, ...{ meter: null, trial_period_days: null, usage_type: 'licensed' } } : null,
		type: recurring ? 'recurring' : 'one_time',
		unit_amount: asked.unit_amount,
		...{ unit_amount_decimal: String(asked.unit_amount) }
	};
}
