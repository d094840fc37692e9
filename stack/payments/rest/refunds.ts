/** https://docs.stripe.com/api/refunds and https://docs.stripe.com/api/charges */
import * as z from 'zod';
import { refund, type Charge } from '../charges.ts';
import type { PaymentIntent } from '../intents.ts';
import type { Thing } from '../store.ts';
import { found, merged, metadata, read, text, whole, type Call, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';

const New = z.strictObject({
	amount: whole.pipe(z.int().min(1)).optional(),
	charge: text.optional(),
	metadata: metadata.optional(),
	payment_intent: text.optional(),
	reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional()
});

export const refunds: Route[] = [
	{
		method: 'POST',
		path: '/refunds',
		name: 'refunds.create',
		answer: (call) => {
			const { metadata: asked, ...draft } = read(call, New);
			return refund(call.records, chargeOf(call, draft), { ...draft, metadata: merged({}, asked) });
		}
	},
	{
		method: 'GET',
		path: '/refunds',
		name: 'refunds.list',
		answer: (call) => {
			const shape = { ...listShape, charge: text.optional(), payment_intent: text.optional() };
			const { charge, payment_intent, ...asked } = read(call, z.strictObject(shape));
			return answerList(call, 'refund', asked, [
				...equals('charge', charge),
				...equals('payment_intent', payment_intent)
			]);
		}
	},
	{
		method: 'GET',
		path: '/refunds/:id',
		name: 'refunds.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found<Thing>(call.records, 'refund', call.id);
		}
	}
];

export const charges: Route[] = [
	{
		method: 'GET',
		path: '/charges',
		name: 'charges.list',
		answer: (call) => {
			const shape = { ...listShape, customer: text.optional(), payment_intent: text.optional() };
			const { customer, payment_intent, ...asked } = read(call, z.strictObject(shape));
			return answerList(call, 'charge', asked, [
				...equals('customer', customer),
				...equals('payment_intent', payment_intent)
			]);
		}
	},
	{
		method: 'GET',
		path: '/charges/:id',
		name: 'charges.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'charge', call.id);
		}
	}
];

function chargeOf({ records }: Call, { charge, payment_intent }: { charge?: string; payment_intent?: string }): Charge {
	if (charge) return found<Charge>(records, 'charge', charge, 'charge');
	if (!payment_intent) {
		throw invalid('One of the following params should be provided for this request: payment_intent or charge.');
	}
	const { latest_charge, status } = found<PaymentIntent>(records, 'payment_intent', payment_intent, 'payment_intent');
	if (!latest_charge || status !== 'succeeded') {
		throw invalid('This PaymentIntent does not have a successful charge to refund.', { param: 'payment_intent' });
	}
	return found<Charge>(records, 'charge', latest_charge);
}
