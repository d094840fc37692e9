/** Things that go wrong on request, so that tests and people can ask for a bad day of the payment provider. */
import * as z from 'zod';

/** Calls of the REST API that can be made to fail. */
const calls = [
	'customers.create',
	'customers.retrieve',
	'customers.update',
	'customers.list',
	'products.create',
	'products.retrieve',
	'products.update',
	'products.list',
	'prices.create',
	'prices.retrieve',
	'prices.update',
	'prices.list',
	'payment_methods.retrieve',
	'payment_methods.list',
	'payment_methods.attach',
	'payment_methods.detach',
	'payment_intents.create',
	'payment_intents.retrieve',
	'payment_intents.update',
	'payment_intents.confirm',
	'payment_intents.cancel',
	'payment_intents.list',
	'setup_intents.retrieve',
	'charges.retrieve',
	'charges.list',
	'refunds.create',
	'refunds.retrieve',
	'refunds.list',
	'sessions.create',
	'sessions.retrieve',
	'sessions.line_items',
	'sessions.expire',
	'sessions.list',
	'subscriptions.create',
	'subscriptions.retrieve',
	'subscriptions.update',
	'subscriptions.cancel',
	'subscriptions.list',
	'invoices.retrieve',
	'invoices.list',
	'invoices.lines',
	'invoices.preview',
	'invoices.pay',
	'invoices.void',
	'invoice_payments.list',
	'portal_sessions.create',
	'tax_ids.create',
	'tax_ids.retrieve',
	'tax_ids.delete',
	'tax_ids.list',
	'meters.create',
	'meters.retrieve',
	'meters.list',
	'meters.event_summaries',
	'meter_events.create',
	'test_clocks.create',
	'test_clocks.retrieve',
	'test_clocks.advance',
	'test_clocks.list',
	'events.retrieve',
	'events.list'
] as const;

export type CallName = (typeof calls)[number];

const count = z.int().min(1).max(10_000).default(1);
const status = z.int().min(400).max(599);
const ms = z.int().min(1).max(600_000);
/** Only webhooks of this event type; else all. */
const type = z.string().max(100).optional();

const call = z.enum(calls);
const webhooks = z.literal('webhooks');

/**
 * Of a call: `status`: nothing is done and this status is answered, with `code` as its error code. `hang`: the work is done
 * at once, its answer comes `ms` later. `cut_after`: the work is done, then the connection is cut. `lose`: the connection is
 * cut before anything is done. Of webhooks: `status`: the request never leaves, as if answered so. `cut_after`: it arrives,
 * its answer is lost. `lose`: it never leaves and is never tried again. `duplicate`: it comes `copies` times more.
 * `late`: it leaves `ms` later, and others overtake it.
 */
export const Fault = z.union([
	z.strictObject({ target: call, count, kind: z.literal('status'), status, code: z.string().max(100).optional() }),
	z.strictObject({ target: call, count, kind: z.literal('hang'), ms }),
	z.strictObject({ target: call, count, kind: z.enum(['cut_after', 'lose']) }),
	z.strictObject({ target: webhooks, count, type, kind: z.literal('status'), status }),
	z.strictObject({ target: webhooks, count, type, kind: z.enum(['cut_after', 'lose']) }),
	z.strictObject({
		target: webhooks,
		count,
		type,
		kind: z.literal('duplicate'),
		copies: z.int().min(1).max(5).default(1)
	}),
	z.strictObject({ target: webhooks, count, type, kind: z.literal('late'), ms })
]);
export type Fault = z.infer<typeof Fault>;
type CallFault = Extract<Fault, { target: CallName }>;
type WebhookFault = Extract<Fault, { target: 'webhooks' }>;

export type Faults = ReturnType<typeof createFaults>;

/** Faults strike `count` times, in the order they were asked for. A restart forgets them. */
export function createFaults() {
	let waiting: Fault[] = [];

	function take<Found extends Fault>(isMeant: (fault: Fault) => fault is Found): Found | undefined {
		const fault = waiting.find(isMeant);
		if (!fault) return undefined;
		fault.count -= 1;
		if (fault.count === 0) waiting = waiting.filter((each) => each !== fault);
		return fault;
	}

	return {
		add(fault: Fault): void {
			waiting.push({ ...fault });
		},
		clear(): void {
			waiting = [];
		},
		takeCall: (name: CallName) => take((fault): fault is CallFault => fault.target === name),
		takeWebhook: (eventType: string) =>
			take((fault): fault is WebhookFault => fault.target === 'webhooks' && (!fault.type || fault.type === eventType))
	};
}
