/** https://docs.stripe.com/api/payment_methods, cards only */
import * as z from 'zod';
import { attach, methodNamed, type PaymentMethod } from '../payment-methods.ts';
import type { Thing } from '../store.ts';
import { found, read, text, type Call, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';
import type { Customer } from './customers.ts';

export const paymentMethods: Route[] = [
	{
		method: 'GET',
		path: '/payment_methods',
		name: 'payment_methods.list',
		answer: (call) => {
			const { customer, ...asked } = read(
				call,
				z.strictObject({ ...listShape, customer: text, type: z.literal('card').optional() })
			);
			found(call.records, 'customer', customer, 'customer');
			return answerList(call, 'payment_method', asked, equals('customer', customer));
		}
	},
	{
		method: 'GET',
		path: '/customers/:id/payment_methods',
		name: 'payment_methods.list',
		answer: (call) => {
			const asked = read(call, z.strictObject({ ...listShape, type: z.literal('card').optional() }));
			found(call.records, 'customer', call.id);
			return answerList(call, 'payment_method', asked, equals('customer', call.id));
		}
	},
	{
		method: 'GET',
		path: '/payment_methods/:id',
		name: 'payment_methods.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'payment_method', call.id);
		}
	},
	{
		method: 'POST',
		path: '/payment_methods/:id/attach',
		name: 'payment_methods.attach',
		answer: (call) => {
			const { customer } = read(call, z.strictObject({ customer: text }));
			found(call.records, 'customer', customer, 'customer');
			return attach(call.records, methodNamed(call.records, call.id), customer);
		}
	},
	{ method: 'POST', path: '/payment_methods/:id/detach', name: 'payment_methods.detach', answer: detach }
];

function detach(call: Call): Thing {
	read(call, z.strictObject({}));
	const method = found<PaymentMethod>(call.records, 'payment_method', call.id);
	if (!method.customer)
		throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.');
	const owner = found<Customer>(call.records, 'customer', method.customer);
	if (owner.invoice_settings.default_payment_method === method.id) {
		const settings = { ...owner.invoice_settings, default_payment_method: null };
		call.records.change(owner, { invoice_settings: settings }, 'customer.updated');
	}
	return call.records.change(method, { customer: null }, 'payment_method.detached');
}
