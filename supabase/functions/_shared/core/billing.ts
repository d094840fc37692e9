/** Plans, and how they are paid. Money is in micros, 10⁻⁶ USD; cents exist at the payment provider's boundary only. */

export const billingIntervals = ['month', 'year'] as const;
export type BillingInterval = (typeof billingIntervals)[number];

/** A row of the list that pricing, invoices and limits read. */
export type Plan = {
	code: string;
	place: number;
	name: string;
	monthly_micros: number;
	yearly_micros: number;
	included_segments: number;
	/** What one of them may cost at most: dearer ones are paid from the wallet. */
	included_max_micros: number;
	max_numbers: number;
	max_members: number;
	api_requests_per_minute: number;
	/** Null: as long as the organization wants. */
	retention_days: number | null;
	storage_bytes: number;
	credit_micros: number;
};

/** What a plan costs, paid at the beginning of each interval. */
export function planPrice(plan: Plan, interval: BillingInterval): number {
	return interval === 'year' ? plan.yearly_micros : plan.monthly_micros;
}

/** What can be topped up, in micros: from 5 to 2,000 dollars. */
export const topUpLimits = { least: 5_000_000, most: 2_000_000_000 } as const;

const microsPerCent = 10_000;

export function microsOfCents(cents: number): number {
	return cents * microsPerCent;
}

/** Whole cents only. Throws RangeError for an amount that is none. */
export function centsOfMicros(micros: number): number {
	if (!Number.isSafeInteger(micros) || micros % microsPerCent !== 0) {
		throw new RangeError(`${micros} is no amount in whole cents`);
	}
	return micros / microsPerCent;
}

/** Dollars as somebody types them, "20", "$1,250.50", in micros; null where they are none. */
export function microsOfDollars(typed: string): number | null {
	const match = /^\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,2}))?$/.exec(typed.trim());
	if (!match) return null;
	return Number(match[1]?.replaceAll(',', '')) * 1_000_000 + Number((match[2] ?? '').padEnd(2, '0')) * microsPerCent;
}

type About = { object?: unknown; id?: unknown; customer?: unknown; payment_intent?: unknown };

const kinds: Readonly<Record<string, (about: About) => [kind: string, id: unknown]>> = {
	'checkout.session': ({ id }) => ['checkout_session', id],
	payment_intent: ({ id }) => ['payment_intent', id],
	charge: ({ payment_intent }) => ['payment_intent', payment_intent],
	refund: ({ payment_intent }) => ['payment_intent', payment_intent],
	customer: ({ id }) => ['customer', id],
	payment_method: ({ customer }) => ['customer', customer],
	tax_id: ({ customer }) => ['customer', customer],
	subscription: ({ id }) => ['subscription', id],
	invoice: ({ id }) => ['invoice', id]
};

/** Which object of the payment provider is to be read because of an event; null: the event is kept, and nothing follows. */
export function aboutOf(object: unknown): { kind: string; id: string } | null {
	if (typeof object !== 'object' || object === null) return null;
	const about: About = object;
	const name = typeof about.object === 'string' ? about.object : '';
	if (!Object.hasOwn(kinds, name)) return null;
	const [kind, id] = kinds[name]?.(about) ?? [];
	return kind && typeof id === 'string' && id !== '' ? { kind, id } : null;
}
