/** What an invoice is made of: periods of a subscription, and prorations when one is changed. */
import { newId } from './records.ts';
import type { Price } from './rest/prices.ts';

export type Line = {
	id: string;
	object: 'line_item';
	amount: number;
	currency: string;
	description: string;
	invoice: string | null;
	parent: object;
	period: { start: number; end: number };
	quantity: number;
	subscription: string | null;
};

type Draft = {
	amount: number;
	description: string;
	period: { start: number; end: number };
	price: Price;
	quantity: number;
	/** The subscription and its item; none of a single purchase. */
	of?: { subscription: string; item: string };
	isProration?: boolean;
};

/** https://docs.stripe.com/api/invoice-line-item/object */
export function line({ amount, description, period, price, quantity, of, isProration = false }: Draft): Line {
	const details = of && {
		invoice_item: null,
		proration: isProration,
		proration_details: { credited_items: null },
		subscription: of.subscription,
		subscription_item: of.item
	};
	return {
		id: newId('il'),
		object: 'line_item',
		amount,
		currency: price.currency,
		description,
		...{ discount_amounts: [], discountable: !isProration, discounts: [] },
		invoice: null,
		...{ livemode: false, metadata: {} },
		parent: {
			invoice_item_details: null,
			subscription_item_details: details ?? null,
			type: details ? 'subscription_item_details' : 'invoice_item_details'
		},
		period,
		...{ pretax_credit_amounts: [] },
		...{
			pricing: {
				price_details: { price: price.id, product: price.product },
				type: 'price_details',
				unit_amount_decimal: String(price.unit_amount ?? 0)
			}
		},
		quantity,
		...{ quantity_decimal: String(quantity) },
		subscription: of?.subscription ?? null,
		...{ subtotal: amount, taxes: [] }
	};
}

/** Cents of a whole period. */
export const worth = (price: Price, quantity: number): number => (price.unit_amount ?? 0) * quantity;

/** The part of an amount that is left of its period, to the second. https://docs.stripe.com/billing/subscriptions/prorations */
export function remaining(amount: number, { start, end }: { start: number; end: number }, at: number): number {
	const left = Math.min(Math.max(end - at, 0), end - start);
	return Math.round((amount * left) / (end - start));
}
