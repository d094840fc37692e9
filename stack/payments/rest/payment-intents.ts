/** https://docs.stripe.com/api/payment_intents */
import * as z from 'zod';
import { newPayment, pay, refusalOf, type PaymentIntent } from '../intents.ts';
import { methodNamed } from '../payment-methods.ts';
import {
	currency,
	emptyable,
	flag,
	found,
	merged,
	metadata,
	read,
	text,
	webAddress,
	whole,
	type Call,
	type Route
} from './call.ts';
import { Refusal, invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';

const confirming = { off_session: flag.optional(), payment_method: text.optional(), return_url: webAddress.optional() };
const usage = z.enum(['off_session', 'on_session']).optional();
const automatic = z
	.strictObject({ enabled: z.literal('true'), allow_redirects: z.enum(['always', 'never']).optional() })
	.optional();

const New = z.strictObject({
	...confirming,
	amount: whole,
	automatic_payment_methods: automatic,
	confirm: flag.default(false),
	currency,
	customer: text.optional(),
	description: text.optional(),
	error_on_requires_action: flag.optional(),
	metadata: metadata.optional(),
	receipt_email: text.optional(),
	setup_future_usage: usage
});
const Changes = z.strictObject({
	amount: whole.optional(),
	customer: text.optional(),
	description: emptyable.optional(),
	metadata: metadata.optional(),
	payment_method: text.optional(),
	receipt_email: emptyable.optional()
});
const Confirming = z.strictObject({
	...confirming,
	error_on_requires_action: flag.optional(),
	receipt_email: text.optional(),
	setup_future_usage: usage
});
const reasons = z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']);

export const paymentIntents: Route[] = [
	{ method: 'POST', path: '/payment_intents', name: 'payment_intents.create', answer: create },
	{
		method: 'GET',
		path: '/payment_intents',
		name: 'payment_intents.list',
		answer: (call) => {
			const { customer, ...asked } = read(call, z.strictObject({ ...listShape, customer: text.optional() }));
			return answerList(call, 'payment_intent', asked, equals('customer', customer));
		}
	},
	{
		method: 'GET',
		path: '/payment_intents/:id',
		name: 'payment_intents.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'payment_intent', call.id);
		}
	},
	{ method: 'POST', path: '/payment_intents/:id', name: 'payment_intents.update', answer: update },
	{ method: 'POST', path: '/payment_intents/:id/confirm', name: 'payment_intents.confirm', answer: confirm },
	{ method: 'POST', path: '/payment_intents/:id/cancel', name: 'payment_intents.cancel', answer: cancel }
];

function create(call: Call): PaymentIntent {
	const { records } = call;
	const asked = read(call, New);
	checkAmount(asked.amount, asked.currency);
	if (!asked.confirm && (asked.off_session !== undefined || asked.return_url)) {
		throw invalid('`off_session` and `return_url` can only be used when `confirm` is true.', {
			param: asked.return_url ? 'return_url' : 'off_session'
		});
	}
	if (asked.customer) found(records, 'customer', asked.customer, 'customer');
	const method = asked.payment_method ? methodNamed(records, asked.payment_method, asked.customer ?? null) : null;
	const intent = newPayment(records, {
		...asked,
		metadata: merged({}, asked.metadata),
		payment_method: method?.id ?? null
	});
	// what was made of a test card's name is the intent's already
	return asked.confirm ? attempt(call, intent, { ...asked, payment_method: undefined }) : intent;
}

function update(call: Call): PaymentIntent {
	const { records } = call;
	const asked = read(call, Changes);
	const intent = found<PaymentIntent>(records, 'payment_intent', call.id);
	if (intent.status === 'succeeded' || intent.status === 'canceled') {
		if (Object.keys(asked).some((name) => name !== 'metadata')) throw unexpectedState(intent, 'updated');
		return records.change(intent, { metadata: merged(intent.metadata, asked.metadata) });
	}
	if (asked.amount !== undefined) checkAmount(asked.amount, intent.currency);
	if (asked.customer) found(records, 'customer', asked.customer, 'customer');
	const method = asked.payment_method && methodNamed(records, asked.payment_method, asked.customer ?? intent.customer);
	return records.change(intent, {
		...asked,
		metadata: merged(intent.metadata, asked.metadata),
		...(method && { payment_method: method.id, status: 'requires_confirmation', next_action: null })
	});
}

function confirm(call: Call): PaymentIntent {
	const asked = read(call, Confirming);
	const intent = found<PaymentIntent>(call.records, 'payment_intent', call.id);
	const { receipt_email = intent.receipt_email, setup_future_usage = intent.setup_future_usage } = asked;
	return attempt(call, call.records.change(intent, { receipt_email, setup_future_usage }), asked);
}

type Attempt = Pick<
	z.output<typeof Confirming>,
	'error_on_requires_action' | 'off_session' | 'payment_method' | 'return_url'
>;

/** Throws the 402 of a declined attempt, which is kept all the same. */
function attempt({ records }: Call, intent: PaymentIntent, asked: Attempt): PaymentIntent {
	if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent, 'confirmed');
	const named = asked.payment_method ?? intent.payment_method;
	if (!named) {
		throw invalid("You cannot confirm this PaymentIntent because it's missing a payment method.", {
			code: 'payment_intent_unexpected_state',
			param: 'payment_method'
		});
	}
	const method = methodNamed(records, named, intent.customer);
	const tried = pay(records, intent, method, { offSession: asked.off_session, returnUrl: asked.return_url });
	if (tried.status === 'requires_action' && asked.error_on_requires_action) {
		throw new Refusal(402, {
			type: 'card_error',
			code: 'authentication_required',
			message: 'Your card was declined. This transaction requires authentication.',
			payment_intent: records.change(tried, {
				status: 'requires_payment_method',
				payment_method: null,
				next_action: null
			})
		});
	}
	const refusal = refusalOf(tried);
	if (refusal) throw refusal;
	return tried;
}

function cancel(call: Call): PaymentIntent {
	const { cancellation_reason = null } = read(call, z.strictObject({ cancellation_reason: reasons.optional() }));
	const intent = found<PaymentIntent>(call.records, 'payment_intent', call.id);
	if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent, 'canceled');
	const changes = {
		status: 'canceled',
		canceled_at: call.records.at(),
		cancellation_reason,
		next_action: null
	} as const;
	return call.records.change(intent, changes, 'payment_intent.canceled');
}

/** At least half a dollar, at most what Stripe's integers hold. https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
export function checkAmount(amount: number, unit: string): void {
	if (amount < 1)
		throw invalid('This value must be greater than or equal to 1.', {
			code: 'parameter_invalid_integer',
			param: 'amount'
		});
	if (amount < 50) {
		throw invalid(`Amount must convert to at least 50 cents. ${amount} ${unit}`, {
			code: 'amount_too_small',
			param: 'amount'
		});
	}
	if (amount > 99_999_999) {
		throw invalid('Amount must be no more than $999,999.99', { code: 'amount_too_large', param: 'amount' });
	}
}

function unexpectedState({ status }: PaymentIntent, done: string): Refusal {
	return invalid(`This PaymentIntent could not be ${done} because it has a status of ${status}.`, {
		code: 'payment_intent_unexpected_state'
	});
}
