/** https://docs.stripe.com/api/customers */
import * as z from 'zod';
import type { TestClock } from '../clocks.ts';
import { newId } from '../records.ts';
import type { PaymentMethod } from '../payment-methods.ts';
import type { Thing } from '../store.ts';
import { emptyable, found, merged, metadata, read, text, type Call, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';

export type Customer = Thing & {
	address: Record<string, string | null> | null;
	/** Cents that later invoices use up where below zero, and take with them where above. */
	balance: number;
	delinquent: boolean;
	description: string | null;
	email: string | null;
	invoice_prefix: string;
	invoice_settings: { default_payment_method: string | null };
	metadata: Record<string, string>;
	name: string | null;
	next_invoice_sequence: number;
	phone: string | null;
	test_clock: string | null;
};

const parts = {
	city: emptyable,
	country: emptyable,
	line1: emptyable,
	line2: emptyable,
	postal_code: emptyable,
	state: emptyable
};

const Details = z.strictObject({
	address: z.union([z.literal('').transform(() => null), z.strictObject(parts).partial()]).optional(),
	description: emptyable.optional(),
	email: emptyable.optional(),
	invoice_settings: z.strictObject({ default_payment_method: emptyable.optional() }).optional(),
	metadata: metadata.optional(),
	name: emptyable.optional(),
	phone: emptyable.optional()
});
const New = Details.extend({ test_clock: text.optional() });

const nowhere = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export const customers: Route[] = [
	{
		method: 'POST',
		path: '/customers',
		name: 'customers.create',
		answer: (call) => {
			const { test_clock: id = null, ...asked } = read(call, New);
			const clock = id === null ? null : found<TestClock>(call.records, 'test_helpers.test_clock', id, 'test_clock');
			const customer = { ...blank(clock?.frozen_time ?? call.records.at()), test_clock: id };
			return call.records.add({ ...customer, ...detailsOf(call, customer, asked) }, 'customer.created');
		}
	},
	{
		method: 'GET',
		path: '/customers',
		name: 'customers.list',
		answer: (call) => {
			const asked = read(call, z.strictObject({ ...listShape, email: z.string().optional() }));
			return answerList(call, 'customer', asked, equals('email', asked.email));
		}
	},
	{
		method: 'GET',
		path: '/customers/:id',
		name: 'customers.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'customer', call.id);
		}
	},
	{
		method: 'POST',
		path: '/customers/:id',
		name: 'customers.update',
		answer: (call) => {
			const customer = found<Customer>(call.records, 'customer', call.id);
			return call.records.change(customer, detailsOf(call, customer, read(call, Details)), 'customer.updated');
		}
	}
];

function detailsOf(call: Call, customer: Customer, details: z.output<typeof Details>): Partial<Customer> {
	const { metadata: asked, address, invoice_settings, ...plain } = details;
	const method = invoice_settings?.default_payment_method;
	if (
		method &&
		found<PaymentMethod>(call.records, 'payment_method', method, 'invoice_settings').customer !== customer.id
	) {
		throw invalid(
			`The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
			{
				code: 'resource_missing',
				param: 'invoice_settings[default_payment_method]'
			}
		);
	}
	return {
		...plain,
		metadata: merged(customer.metadata, asked),
		...(address !== undefined && { address: address && { ...nowhere, ...customer.address, ...address } }),
		...(method !== undefined && { invoice_settings: { ...customer.invoice_settings, default_payment_method: method } })
	};
}

/** A customer of whom nothing is known yet. */
export function blank(created: number): Customer {
	const invoiceSettings = { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null };
	return {
		id: newId('cus', 14),
		object: 'customer',
		...{ currency: null, default_source: null, livemode: false, preferred_locales: [] },
		...{ shipping: null, tax_exempt: 'none' },
		address: null,
		balance: 0,
		created,
		delinquent: false,
		description: null,
		email: null,
		invoice_prefix: newId('', 8).slice(1).toUpperCase(),
		invoice_settings: invoiceSettings,
		metadata: {},
		name: null,
		next_invoice_sequence: 1,
		phone: null,
		test_clock: null
	};
}
