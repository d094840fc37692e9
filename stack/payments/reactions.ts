/** What an event leads to at once: payments settle invoices, invoices settle subscriptions. */
import { follow, missed } from './collecting.ts';
import { invoiceOf, paid, type Invoice } from './invoices.ts';
import type { Reactions } from './records.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';

export const reactions: Reactions = {
	'payment_intent.succeeded': (records, { id }) => {
		const invoice = invoiceOf(records.store, id);
		if (invoice) paid(records, invoice);
	},
	'payment_intent.payment_failed': (records, { id }) => {
		const invoice = invoiceOf(records.store, id);
		if (invoice?.status === 'open') missed(records, invoice);
	},
	'payment_intent.requires_action': (records, { id }) => {
		const invoice = invoiceOf(records.store, id);
		if (invoice?.status === 'open') missed(records, invoice, true);
	},
	'invoice.paid': (records, thing) => {
		const invoice = thing as Invoice;
		const customer = found<Customer>(records, 'customer', invoice.customer);
		records.change(customer, { delinquent: false }, 'customer.updated');
		follow(records, invoice);
	}
};
