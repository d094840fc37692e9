/** Money that was taken, or asked for in vain, and money that was given back. */
import type { Decline } from './cards.ts';
import type { PaymentIntent } from './intents.ts';
import type { PaymentMethod } from './payment-methods.ts';
import { newId, type Records } from './records.ts';
import { invalid } from './rest/errors.ts';
import type { Thing } from './store.ts';

export type Charge = Thing & {
	amount: number;
	amount_refunded: number;
	currency: string;
	customer: string | null;
	description: string | null;
	payment_intent: string;
	payment_method_details: {
		type: 'card';
		card: Pick<PaymentMethod['card'], 'brand' | 'last4' | 'exp_month' | 'exp_year'>;
	};
	receipt_url: string | null;
	refunded: boolean;
	status: 'succeeded' | 'failed';
};

/** https://docs.stripe.com/api/charges; one for each attempt that reached the bank. */
export function newCharge(
	records: Records,
	intent: PaymentIntent,
	method: PaymentMethod,
	decline: Decline | null
): Charge {
	const paid = decline === null;
	const { brand, last4, exp_month, exp_year } = method.card;
	const id = newId('ch');
	const charge: Charge = {
		id,
		object: 'charge',
		...{ application: null, application_fee: null, application_fee_amount: null, balance_transaction: null },
		...{ calculated_statement_descriptor: 'SIMULATOR', disputed: false, failure_balance_transaction: null },
		...{ fraud_details: {}, livemode: false, on_behalf_of: null, receipt_number: null },
		...{ review: null, shipping: null, source: null, source_transfer: null, statement_descriptor: null },
		...{ statement_descriptor_suffix: null, transfer_data: null, transfer_group: null },
		amount: intent.amount,
		...{ amount_captured: paid ? intent.amount : 0, billing_details: method.billing_details, captured: paid },
		amount_refunded: 0,
		created: records.at(),
		currency: intent.currency,
		customer: intent.customer,
		description: intent.description,
		...{ metadata: intent.metadata, receipt_email: intent.receipt_email },
		...{
			failure_code: decline?.code ?? null,
			failure_message: decline?.message ?? null,
			outcome: outcome(decline),
			paid
		},
		payment_intent: intent.id,
		...{ payment_method: method.id },
		payment_method_details: { type: 'card', card: { brand, last4, exp_month, exp_year } },
		receipt_url: paid ? `${records.origin()}/receipts/${id}` : null,
		refunded: false,
		status: paid ? 'succeeded' : 'failed'
	};
	return records.add(charge, `charge.${charge.status}`);
}

function outcome(decline: Decline | null): object {
	return {
		network_status: decline ? 'declined_by_network' : 'approved_by_network',
		reason: decline?.decline_code ?? null,
		risk_level: 'normal',
		seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
		type: decline ? 'issuer_declined' : 'authorized'
	};
}

type Draft = { amount?: number; reason?: string; metadata: Record<string, string> };

/** Gives money back at once. Throws when there is not so much left. */
export function refund(records: Records, charge: Charge, { amount, reason, metadata }: Draft): Thing {
	const left = charge.amount - charge.amount_refunded;
	if (charge.status !== 'succeeded')
		throw invalid(`Charge ${charge.id} has not been captured and cannot be refunded.`, { param: 'charge' });
	if (left === 0) {
		throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
	}
	const given = amount ?? left;
	if (given > left) {
		throw invalid(`Refund amount (${given}) is greater than unrefunded amount on charge (${left})`, {
			param: 'amount'
		});
	}
	const made = {
		id: newId('re'),
		object: 'refund',
		amount: given,
		balance_transaction: null,
		charge: charge.id,
		created: records.at(),
		currency: charge.currency,
		customer: charge.customer,
		customer_account: null,
		destination_details: {
			card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
			type: 'card'
		},
		metadata,
		payment_intent: charge.payment_intent,
		payment_method: null,
		reason: reason ?? null,
		receipt_number: null,
		source_transfer_reversal: null,
		status: 'succeeded',
		transfer_reversal: null
	};
	const refunded = charge.amount_refunded + given;
	records.add(made, 'refund.created');
	records.change(charge, { amount_refunded: refunded, refunded: refunded === charge.amount }, 'charge.refunded');
	return made;
}
