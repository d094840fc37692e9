import Stripe from 'stripe';
import type { BillingVerbs } from '../database-billing.ts';
import { ask, isMissing } from './client.ts';
import {
	customerReading,
	intentReading,
	invoiceReading,
	sessionReading,
	subscriptionReading,
	type Reading
} from './readings.ts';

type Parts = { stripe: Stripe; database: Pick<BillingVerbs, 'drawPaymentTicket' | 'applyPaymentObject'> };

const readers: Readonly<Record<string, (stripe: Stripe, id: string) => Promise<Reading | null>>> = {
	customer: readCustomer,
	checkout_session: async (stripe, id) => sessionReading(await stripe.checkout.sessions.retrieve(id)),
	payment_intent: readIntent,
	subscription: async (stripe, id) => subscriptionReading(await stripe.subscriptions.retrieve(id)),
	invoice: readInvoice
};

/**
 * Reads an object of the payment provider as it is now and applies it. What events say of it proves nothing: they come late,
 * twice and out of order. Answers what came of it: applied, late, unknown, foreign or gone.
 */
export async function sync({ stripe, database }: Parts, kind: string, id: string): Promise<string> {
	const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
	if (!read) throw new Error(`nothing of the payment provider is called ${kind}`);
	const ticket = await database.drawPaymentTicket();
	let reading: Reading | null;
	try {
		reading = await ask(() => read(stripe, id));
	} catch (error) {
		if (isMissing(error)) return 'gone';
		throw error;
	}
	return reading ? database.applyPaymentObject(reading.kind, reading.object, ticket) : 'foreign';
}

/** A top-up; or, since an invoice does not tell what of it was given back, the invoice that it pays. */
async function readIntent(stripe: Stripe, id: string): Promise<Reading | null> {
	const reading = intentReading(await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] }));
	if (reading) return reading;
	const { data } = await stripe.invoicePayments.list({
		payment: { type: 'payment_intent', payment_intent: id },
		limit: 1
	});
	const invoice = data[0]?.invoice;
	return invoice ? readInvoice(stripe, typeof invoice === 'string' ? invoice : invoice.id) : null;
}

async function readInvoice(stripe: Stripe, id: string): Promise<Reading | null> {
	const invoice = await stripe.invoices.retrieve(id);
	if (invoice.status !== 'paid' || invoice.amount_paid === 0) return invoiceReading(invoice, 0);
	const { data } = await stripe.invoicePayments.list({
		invoice: id,
		status: 'paid',
		limit: 10,
		expand: ['data.payment.payment_intent.latest_charge']
	});
	return invoiceReading(
		invoice,
		data.reduce((cents, { payment }) => cents + refundedOf(payment.payment_intent), 0)
	);
}

function refundedOf(intent: string | Stripe.PaymentIntent | undefined): number {
	const charge = typeof intent === 'object' ? intent.latest_charge : null;
	return typeof charge === 'object' ? (charge?.amount_refunded ?? 0) : 0;
}

/** With the card that is charged when nobody is there: the chosen one, else the newest that is kept. */
async function readCustomer(stripe: Stripe, id: string): Promise<Reading | null> {
	const customer = await stripe.customers.retrieve(id, { expand: ['invoice_settings.default_payment_method'] });
	if (customer.deleted) return null;
	const { default_payment_method: chosen } = customer.invoice_settings;
	const [cards, taxIds] = await Promise.all([
		chosen ? null : stripe.paymentMethods.list({ customer: id, type: 'card', limit: 1 }),
		taxIdsOf(stripe, id)
	]);
	const card = typeof chosen === 'object' ? chosen : null;
	return customerReading(customer, card ?? cards?.data[0] ?? null, taxIds);
}

/** None where the provider refuses to tell them: that must not keep the card from being read. */
async function taxIdsOf(stripe: Stripe, id: string): Promise<Stripe.TaxId[]> {
	try {
		return (await stripe.customers.listTaxIds(id, { limit: 10 })).data;
	} catch (error) {
		if (error instanceof Stripe.errors.StripeInvalidRequestError) return [];
		throw error;
	}
}
