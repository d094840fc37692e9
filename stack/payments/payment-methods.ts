/** Cards as customers keep them. https://docs.stripe.com/api/payment_methods */
import { cardEnding, testCards, type TestCard } from './cards.ts';
import { newId, type Records } from './records.ts';
import { invalid, missing, Refusal } from './rest/errors.ts';
import type { Thing } from './store.ts';

export type PaymentMethod = Thing & {
	billing_details: { email: string | null; name: string | null };
	card: { brand: string; last4: string; exp_month: number; exp_year: number };
	customer: string | null;
};

type Owner = { name?: string; email?: string; expires?: { month: number; year: number } };

/** A card that somebody has typed in, or a program has named. */
export function newMethod(records: Records, card: TestCard, { name, email, expires }: Owner = {}): PaymentMethod {
	const year = new Date(records.at() * 1000).getUTCFullYear();
	const method: PaymentMethod = {
		id: newId('pm'),
		object: 'payment_method',
		...{ allow_redisplay: 'unspecified', customer_account: null, livemode: false, metadata: {}, type: 'card' },
		billing_details: { ...{ address: noAddress, phone: null, tax_id: null }, email: email ?? null, name: name ?? null },
		card: {
			brand: card.brand,
			...{ checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' } },
			...{ country: 'US', display_brand: card.brand, fingerprint: `simulator${card.number.slice(-7)}` },
			exp_month: expires?.month ?? 12,
			exp_year: expires?.year ?? year + 3,
			...{ funding: 'credit', generated_from: null, networks: { available: [card.brand], preferred: null } },
			last4: card.number.slice(-4),
			...{ regulated_status: 'unregulated', three_d_secure_usage: { supported: true }, wallet: null }
		},
		created: records.at(),
		customer: null
	};
	return records.add(method);
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/**
 * The payment method that a request names: a test card's token becomes a new one. Throws when there is none, or when it is
 * somebody else's than `customer`'s.
 */
export function methodNamed(records: Records, id: string, customer?: string | null): PaymentMethod {
	const card = testCards.find(({ token }) => token === id);
	if (card) return newMethod(records, card);
	const method = records.store.find<PaymentMethod>(id, 'payment_method');
	if (!method) throw missing('payment_method', id, 'payment_method', 400);
	if (method.customer && customer !== undefined && method.customer !== customer) {
		throw invalid(
			`The payment method you provided (${id}) is attached to a customer; include that customer in the request.`,
			{ code: 'payment_method_customer_mismatch', param: 'payment_method' }
		);
	}
	return method;
}

/** Gives a payment method to a customer. Throws 402 when its bank says no. */
export function attach(records: Records, method: PaymentMethod, customer: string): PaymentMethod {
	if (method.customer === customer) return method;
	if (method.customer) {
		throw invalid('The payment method you provided has already been attached to a customer.', {
			param: 'payment_method'
		});
	}
	const { decline, isKeepable } = cardEnding(method.card.last4);
	if (decline && !isKeepable) throw new Refusal(402, { type: 'card_error', ...decline });
	return records.change(method, { customer }, 'payment_method.attached');
}

/** Whether its owner has agreed before the bank to payments without them. */
export function isSetUp({ store }: Records, { id }: PaymentMethod): boolean {
	const row = store.get(
		`select 1 from objects where kind in ('setup_intent', 'payment_intent') and body ->> 'payment_method' = ?
			and body ->> 'status' = 'succeeded' and (kind = 'setup_intent' or body ->> 'setup_future_usage' = 'off_session')`,
		id
	);
	return row !== undefined;
}
