/** The life of a payment intent and of a setup intent: attempts, declines, 3-D Secure. */
import { authenticationRequired, cardEnding, type Decline } from './cards.ts';
import { newCharge } from './charges.ts';
import { attach, isSetUp, type PaymentMethod } from './payment-methods.ts';
import { newId, type Records } from './records.ts';
import { Refusal, type ErrorBody } from './rest/errors.ts';
import type { Thing } from './store.ts';

type IntentError = Omit<ErrorBody, 'payment_intent'>;

type Intent = Thing & {
	client_secret: string;
	customer: string | null;
	description: string | null;
	metadata: Record<string, string>;
	next_action: { type: string; redirect_to_url?: { url: string; return_url: string } } | null;
	payment_method: string | null;
	status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled';
};

export type PaymentIntent = Intent & {
	object: 'payment_intent';
	amount: number;
	amount_received: number;
	canceled_at: number | null;
	cancellation_reason: string | null;
	currency: string;
	last_payment_error: IntentError | null;
	latest_charge: string | null;
	receipt_email: string | null;
	setup_future_usage: 'off_session' | 'on_session' | null;
};

export type SetupIntent = Intent & { object: 'setup_intent'; last_setup_error: IntentError | null };

export type PaymentDraft = Pick<PaymentIntent, 'amount' | 'currency'> &
	Partial<
		Pick<
			PaymentIntent,
			'customer' | 'description' | 'metadata' | 'payment_method' | 'receipt_email' | 'setup_future_usage'
		>
	>;

const automatic = { allow_redirects: 'always', enabled: true };
const nobodyElse = { application: null, on_behalf_of: null, payment_method_configuration_details: null };
const forCards = { automatic_payment_methods: automatic, payment_method_types: ['card'], livemode: false };

export function newPayment(records: Records, draft: PaymentDraft): PaymentIntent {
	const id = newId('pi');
	const intent: PaymentIntent = {
		id,
		object: 'payment_intent',
		...{
			allowed_payment_method_types: null,
			amount_capturable: 0,
			application_fee_amount: null,
			capture_method: 'automatic_async'
		},
		...{ confirmation_method: 'automatic', customer_account: null, excluded_payment_method_types: null },
		...{ managed_payments: null, payment_record: null, processing: null, review: null, shipping: null, source: null },
		...{ payment_method_options: { card: { request_three_d_secure: 'automatic' } } },
		...{ statement_descriptor: null, statement_descriptor_suffix: null, transfer_group: null },
		...nobodyElse,
		...forCards,
		amount: draft.amount,
		amount_received: 0,
		canceled_at: null,
		cancellation_reason: null,
		client_secret: newId(`${id}_secret`),
		created: records.at(),
		currency: draft.currency,
		customer: draft.customer ?? null,
		description: draft.description ?? null,
		last_payment_error: null,
		latest_charge: null,
		metadata: draft.metadata ?? {},
		next_action: null,
		payment_method: draft.payment_method ?? null,
		receipt_email: draft.receipt_email ?? null,
		setup_future_usage: draft.setup_future_usage ?? null,
		status: draft.payment_method ? 'requires_confirmation' : 'requires_payment_method'
	};
	return records.add(intent, 'payment_intent.created');
}

export function newSetup(
	records: Records,
	draft: Partial<Pick<SetupIntent, 'customer' | 'description' | 'metadata'>>
): SetupIntent {
	const id = newId('seti');
	const intent: SetupIntent = {
		id,
		object: 'setup_intent',
		...{ allowed_payment_method_types: null, cancellation_reason: null, excluded_payment_method_types: null },
		...{ flow_directions: null, latest_attempt: null, mandate: null, single_use_mandate: null, usage: 'off_session' },
		...{ payment_method_options: { card: { request_three_d_secure: 'automatic' } } },
		...nobodyElse,
		...forCards,
		client_secret: newId(`${id}_secret`),
		created: records.at(),
		customer: draft.customer ?? null,
		description: draft.description ?? null,
		last_setup_error: null,
		metadata: draft.metadata ?? {},
		next_action: null,
		payment_method: null,
		status: 'requires_payment_method'
	};
	return records.add(intent, 'setup_intent.created');
}

/** Where the person goes after 3-D Secure; null: a page of the customer's own shows it (`use_stripe_sdk`). */
type Attempt = { offSession?: boolean; returnUrl?: string | null };

/** Tries to pay; what came of it is the intent's status, and `last_payment_error` says why it did not work. */
export function pay(records: Records, intent: PaymentIntent, method: PaymentMethod, how: Attempt = {}): PaymentIntent {
	const { decline, authentication } = cardEnding(method.card.last4);
	if (decline) return failPayment(records, intent, method, decline);
	const asks = authentication === 'always' || (authentication === 'until_set_up' && !isSetUp(records, method));
	if (!asks) return succeed(records, intent, method);
	if (how.offSession) return failPayment(records, intent, method, authenticationRequired);
	return ask(records, intent, method, how.returnUrl);
}

/** Tries to keep a card for payments without its owner. */
export function setUp(records: Records, intent: SetupIntent, method: PaymentMethod): SetupIntent {
	const { decline, isKeepable, authentication } = cardEnding(method.card.last4);
	if (decline && !isKeepable)
		return failSetup(records, intent, { type: 'card_error', ...decline, payment_method: method });
	return authentication ? ask(records, intent, method, null) : finishSetup(records, intent, method);
}

/** The person has shown who they are, or has not. */
export function settle(
	records: Records,
	intent: PaymentIntent | SetupIntent,
	isGenuine: boolean
): PaymentIntent | SetupIntent {
	const method = records.store.find<PaymentMethod>(intent.payment_method ?? '', 'payment_method');
	if (intent.status !== 'requires_action' || !method) return intent;
	if (isGenuine) {
		return intent.object === 'payment_intent' ? succeed(records, intent, method) : finishSetup(records, intent, method);
	}
	const refused = (code: string): IntentError => ({
		type: 'invalid_request_error',
		code,
		message:
			'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
		payment_method: method
	});
	if (intent.object === 'setup_intent')
		return failSetup(records, intent, refused('setup_intent_authentication_failure'));
	const changes = { ...without, last_payment_error: refused('payment_intent_authentication_failure') };
	return records.change(intent, changes, 'payment_intent.payment_failed');
}

/** What a program is told whose attempt was declined; null where it was not. */
export function refusalOf(intent: PaymentIntent): Refusal | null {
	if (intent.status !== 'requires_payment_method' || !intent.last_payment_error) return null;
	return new Refusal(402, { ...intent.last_payment_error, payment_intent: intent });
}

const without = { status: 'requires_payment_method', payment_method: null, next_action: null } as const;

function succeed(records: Records, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
	const charge = newCharge(records, intent, method, null);
	if (intent.setup_future_usage && intent.customer) attach(records, method, intent.customer);
	const changes = {
		status: 'succeeded',
		amount_received: intent.amount,
		last_payment_error: null,
		latest_charge: charge.id,
		next_action: null,
		payment_method: method.id
	} as const;
	return records.change(intent, changes, 'payment_intent.succeeded');
}

function failPayment(records: Records, intent: PaymentIntent, method: PaymentMethod, decline: Decline): PaymentIntent {
	const charge = newCharge(records, intent, method, decline);
	const error: IntentError = { type: 'card_error', ...decline, charge: charge.id, payment_method: method };
	const changes = { ...without, last_payment_error: error, latest_charge: charge.id };
	return records.change(intent, changes, 'payment_intent.payment_failed');
}

function finishSetup(records: Records, intent: SetupIntent, method: PaymentMethod): SetupIntent {
	if (intent.customer) attach(records, method, intent.customer);
	const changes = {
		status: 'succeeded',
		last_setup_error: null,
		next_action: null,
		payment_method: method.id
	} as const;
	return records.change(intent, changes, 'setup_intent.succeeded');
}

function failSetup(records: Records, intent: SetupIntent, error: IntentError): SetupIntent {
	return records.change(intent, { ...without, last_setup_error: error }, 'setup_intent.setup_failed');
}

/** Leads to the page where the bank asks for its customer. */
function ask<I extends PaymentIntent | SetupIntent>(
	records: Records,
	intent: I,
	method: PaymentMethod,
	returnUrl: string | null | undefined
): I {
	const url = authenticationAddress(records.origin(), intent);
	const next: Intent['next_action'] = returnUrl
		? { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } }
		: { type: 'use_stripe_sdk', ...{ use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } } };
	const changes: Partial<Intent> = { status: 'requires_action', next_action: next, payment_method: method.id };
	return records.change(intent, changes as Partial<I>, `${intent.object}.requires_action`);
}

export function authenticationAddress(origin: string, { id, client_secret }: Intent): string {
	return `${origin}/authenticate/${id}?secret=${client_secret}`;
}
