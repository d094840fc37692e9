/** Invoices: drafted, numbered, collected. https://docs.stripe.com/api/invoices/object */
import { newPayment, pay, type PaymentIntent } from './intents.ts';
import type { Line } from './lines.ts';
import type { PaymentMethod } from './payment-methods.ts';
import { newId, type Records } from './records.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';
import { listOf } from './rest/lists.ts';
import { taxIdsOf } from './rest/tax-ids.ts';
import type { Store, Thing } from './store.ts';

export type Reason =
	'manual' | 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'subscription_cancel' | 'upcoming';

export type Invoice = Thing & {
	amount_due: number;
	amount_paid: number;
	amount_remaining: number;
	attempt_count: number;
	attempted: boolean;
	auto_advance: boolean;
	billing_reason: Reason;
	currency: string;
	customer: string;
	customer_email: string | null;
	customer_name: string | null;
	default_payment_method: string | null;
	ending_balance: number | null;
	hosted_invoice_url: string | null;
	lines: { object: 'list'; data: Line[]; has_more: boolean; url: string };
	metadata: Record<string, string>;
	next_payment_attempt: number | null;
	number: string | null;
	parent: { subscription_details: { subscription: string } | null } | null;
	period_end: number;
	period_start: number;
	starting_balance: number;
	status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
	status_transitions: Record<'finalized_at' | 'marked_uncollectible_at' | 'paid_at' | 'voided_at', number | null>;
	total: number;
};

export type InvoicePayment = Thing & {
	amount_paid: number | null;
	invoice: string;
	payment: { type: 'payment_intent'; payment_intent: string };
	status: 'canceled' | 'open' | 'paid';
	status_transitions: { canceled_at: number | null; paid_at: number | null };
};

export type Draft = {
	/** Where it has to be known before. */
	id?: string;
	customer: Customer;
	reason: Reason;
	lines: Line[];
	currency: string;
	/** Whose it is, with its metadata of that moment. */
	subscription?: Thing & { metadata: Record<string, string> };
	method?: string | null;
	description?: string;
	metadata?: Record<string, string>;
	/** What the whole is for, in seconds; the moment unless told otherwise. */
	period?: { start: number; end: number };
};

/** An invoice as it would be, not yet kept. Cents below zero become the customer's balance, which later invoices use up. */
export function drafted(records: Records, draft: Draft): Invoice {
	const { customer, reason, lines, currency, subscription } = draft;
	const at = records.at();
	const { id = newId('in') } = draft;
	const total = lines.reduce((sum, line) => sum + line.amount, 0);
	const balance = customer.balance;
	const due = dueOf(total, balance);
	const amounts = { amount_due: due, amount_paid: 0, amount_remaining: due, total, ...{ subtotal: total } };
	const nobody = { account_country: 'US', account_name: null, account_tax_ids: null, application: null };
	return {
		id,
		object: 'invoice',
		...nobody,
		...amounts,
		...{ amount_overpaid: 0, amount_shipping: 0, subtotal_excluding_tax: total, total_excluding_tax: total },
		attempt_count: 0,
		attempted: false,
		auto_advance: true,
		...{ automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null } },
		...{ automatically_finalizes_at: null, collection_method: 'charge_automatically' },
		billing_reason: reason,
		created: at,
		currency,
		...{ custom_fields: null, customer_account: null, customer_shipping: null },
		...{ customer_tax_ids: taxIdsOf(records, customer.id).map(({ type, value }) => ({ type, value })) },
		customer: customer.id,
		...{ customer_address: customer.address, customer_phone: customer.phone, customer_tax_exempt: 'none' },
		customer_email: customer.email,
		customer_name: customer.name,
		default_payment_method: draft.method ?? null,
		...{ default_source: null, default_tax_rates: [], description: draft.description ?? null, discounts: [] },
		...{ due_date: null, effective_at: null, footer: null, from_invoice: null, issuer: { type: 'self' } },
		ending_balance: null,
		hosted_invoice_url: null,
		...{ invoice_pdf: null, last_finalization_error: null, latest_revision: null, livemode: false },
		lines: {
			...(listOf(`/v1/invoices/${id}/lines`, []) as Omit<Invoice['lines'], 'data'>),
			data: lines.map((line) => ({ ...line, invoice: id }))
		},
		metadata: draft.metadata ?? {},
		next_payment_attempt: null,
		number: null,
		...{ on_behalf_of: null, payment_settings: { default_mandate: null, payment_method_options: null } },
		parent: subscription
			? {
					...{ quote_details: null, type: 'subscription_details' },
					subscription_details: { ...{ metadata: subscription.metadata }, subscription: subscription.id }
				}
			: null,
		period_end: draft.period?.end ?? at,
		period_start: draft.period?.start ?? at,
		...{ post_payment_credit_notes_amount: 0, pre_payment_credit_notes_amount: 0, receipt_number: null },
		...{ rendering: null, shipping_cost: null, shipping_details: null, statement_descriptor: null },
		starting_balance: balance,
		status: 'draft',
		status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
		...{
			test_clock: customer.test_clock,
			total_discount_amounts: [],
			total_pretax_credit_amounts: [],
			total_taxes: []
		},
		...{ webhooks_delivered_at: null }
	};
}

/** Less than half a dollar is not charged: it waits in the balance. */
export function dueOf(total: number, balance: number): number {
	const due = Math.max(0, total + balance);
	return due < 50 ? 0 : due;
}

/** Makes an invoice and numbers it. What costs nothing is paid by that; what costs something waits for `collect`. */
export function issue(records: Records, draft: Draft): Invoice {
	const invoice = records.add(drafted(records, draft), 'invoice.created');
	const { customer } = draft;
	const at = records.at();
	const ending = invoice.total + invoice.starting_balance - invoice.amount_due;
	const number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`;
	const counted = { next_invoice_sequence: customer.next_invoice_sequence + 1, balance: ending };
	records.change(customer, counted, ending === customer.balance ? undefined : 'customer.updated');
	const numbered = records.change(
		invoice,
		{
			number,
			status: 'open',
			ending_balance: ending,
			hosted_invoice_url: `${records.origin()}/i/${invoice.id}`,
			status_transitions: { ...invoice.status_transitions, finalized_at: at },
			...{ effective_at: at }
		},
		'invoice.finalized'
	);
	return numbered.amount_due === 0 ? paid(records, numbered) : expectPayment(records, numbered);
}

function expectPayment(records: Records, invoice: Invoice): Invoice {
	const why: Partial<Record<Reason, string>> = {
		subscription_create: 'Subscription creation',
		subscription_update: 'Subscription update'
	};
	const intent = newPayment(records, {
		amount: invoice.amount_due,
		currency: invoice.currency,
		customer: invoice.customer,
		description: why[invoice.billing_reason] ?? `Payment for Invoice ${invoice.number ?? ''}`,
		setup_future_usage: invoice.parent?.subscription_details ? 'off_session' : null
	});
	records.add<InvoicePayment & Record<string, unknown>>({
		id: newId('inpay'),
		object: 'invoice_payment',
		...{ amount_requested: invoice.amount_due, currency: invoice.currency, is_default: true, livemode: false },
		amount_paid: null,
		created: records.at(),
		invoice: invoice.id,
		payment: { type: 'payment_intent', payment_intent: intent.id },
		status: 'open',
		status_transitions: { canceled_at: null, paid_at: null }
	});
	return invoice;
}

/** An attempt to have an open invoice paid; what came of it is in the invoice, because intents' events change it. */
export function collect(records: Records, invoice: Invoice, method: PaymentMethod, offSession = false): Invoice {
	const intent = intentOf(records.store, invoice);
	if (invoice.status !== 'open' || !intent) return invoice;
	pay(records, intent, method, { offSession, returnUrl: null });
	return found<Invoice>(records, 'invoice', invoice.id);
}

export function paid(records: Records, invoice: Invoice): Invoice {
	if (invoice.status === 'paid') return invoice;
	const at = records.at();
	const settled = records.change(
		invoice,
		{
			amount_paid: invoice.amount_due,
			amount_remaining: 0,
			attempted: true,
			next_payment_attempt: null,
			status: 'paid',
			status_transitions: { ...invoice.status_transitions, paid_at: at }
		},
		'invoice.paid'
	);
	const payment = paymentOf(records.store, invoice);
	if (payment) {
		const transitions = { ...payment.status_transitions, paid_at: at };
		const changes = { amount_paid: invoice.amount_due, status: 'paid', status_transitions: transitions } as const;
		records.change(payment, changes, 'invoice_payment.paid');
	}
	records.tell('invoice.payment_succeeded', settled);
	return settled;
}

/** Nobody has to pay it any more. */
export function voided(records: Records, invoice: Invoice): Invoice {
	const payment = paymentOf(records.store, invoice);
	const intent = intentOf(records.store, invoice);
	const at = records.at();
	if (payment) {
		const transitions = { ...payment.status_transitions, canceled_at: at };
		records.change(payment, { status: 'canceled', status_transitions: transitions });
	}
	if (intent && intent.status !== 'succeeded') {
		const changes = { status: 'canceled', canceled_at: at, next_action: null } as const;
		records.change(intent, { ...changes, cancellation_reason: 'void_invoice' }, 'payment_intent.canceled');
	}
	const transitions = { ...invoice.status_transitions, voided_at: at };
	const changes = { status: 'void', next_payment_attempt: null, status_transitions: transitions } as const;
	return records.change(invoice, changes, 'invoice.voided');
}

export function paymentOf(store: Store, { id }: Thing): InvoicePayment | undefined {
	const [payment] = store.list<InvoicePayment>({
		kind: 'invoice_payment',
		where: [["body ->> 'invoice' = ?", id]],
		limit: 1
	});
	return payment;
}

export function intentOf(store: Store, invoice: Thing): PaymentIntent | undefined {
	const payment = paymentOf(store, invoice);
	return payment && store.find<PaymentIntent>(payment.payment.payment_intent, 'payment_intent');
}

/** The invoice that an intent is to pay. */
export function invoiceOf(store: Store, intent: string): Invoice | undefined {
	const row = store.get<{ invoice: string }>(
		`select body ->> 'invoice' as invoice from objects
		where kind = 'invoice_payment' and body ->> '$.payment.payment_intent' = ?`,
		intent
	);
	return row && store.find<Invoice>(row.invoice, 'invoice');
}
