import { dollars } from '#core/money.ts';
import { day, whyDeclined } from './words.ts';

type TopUp = {
	id: string;
	amount_micros: number;
	automatic: boolean;
	status: string;
	decline_code: string | null;
	refunded_micros: number;
	receipt_url: string | null;
	created_at: string;
};
type Invoice = {
	id: string;
	number: string | null;
	status: string;
	says: string | null;
	total_micros: number;
	hosted_url: string | null;
	pdf_url: string | null;
	created_at: string;
};

/** A payment as the page lists it: everything in words, so that no script has to find them. */
export type PaymentRow = {
	id: string;
	at: string;
	/** "30 November 2026" */
	on: string;
	says: string;
	/** "$20.00" */
	sum: string;
	state: string;
	tone: 'success' | 'danger' | 'neutral';
	link: string | null;
	/** What the link leads to. */
	word: string;
};

const invoiceStates: Readonly<Record<string, string>> = { open: 'To pay', paid: 'Paid', void: 'Void' };
const tones: Readonly<Record<string, PaymentRow['tone']>> = { Paid: 'success', 'To pay': 'danger' };

function stateOf({ status, decline_code, refunded_micros }: TopUp): string {
	if (refunded_micros > 0) return `${dollars(refunded_micros)} paid back`;
	if (status === 'paid') return 'Paid';
	if (status === 'failed') return `Not charged: ${whyDeclined(decline_code)}`;
	return status === 'needs_action' ? 'Waits for your bank' : 'On its way';
}

/** Top-ups and invoices together, newest first; days are those of `timeZone`. */
export function paymentRows(topUps: readonly TopUp[], invoices: readonly Invoice[], timeZone: string): PaymentRow[] {
	const row = (
		{ id, created_at: at }: { id: string; created_at: string },
		micros: number,
		state: string,
		rest: Pick<PaymentRow, 'says' | 'link' | 'word'>
	): PaymentRow => ({
		...{ id, at, on: day(at, timeZone), sum: dollars(micros), state, tone: tones[state] ?? 'neutral' },
		...rest
	});
	return [
		...topUps.map((topUp) =>
			row(topUp, topUp.amount_micros, stateOf(topUp), {
				says: topUp.automatic ? 'Automatic top-up' : 'Top-up',
				link: topUp.receipt_url,
				word: 'Receipt'
			})
		),
		...invoices.map((invoice) =>
			row(invoice, invoice.total_micros, invoiceStates[invoice.status] ?? invoice.status, {
				says: `Invoice ${invoice.number ?? ''}${invoice.says ? `: ${invoice.says}` : ''}`,
				link: invoice.status === 'open' ? invoice.hosted_url : (invoice.pdf_url ?? invoice.hosted_url),
				word: invoice.status === 'open' ? 'Pay' : 'Invoice'
			})
		)
	].sort((a, b) => b.at.localeCompare(a.at));
}

type Payer = {
	payment_method: { brand: string; last4?: string | null; exp_month?: number | null; exp_year?: number | null } | null;
	address: Readonly<Record<string, string | null | undefined>> | null;
	tax_ids: readonly { value: string }[];
};

const addressParts = ['line1', 'line2', 'postal_code', 'city', 'state', 'country'];

/** Who pays and with what, each in one line. */
export function payerLines(payer: Payer | null): { name: string; value: string }[] {
	const card = payer?.payment_method;
	return [
		{
			name: 'Card',
			value: card
				? `${card.brand.charAt(0).toUpperCase()}${card.brand.slice(1)} ending in ${card.last4 ?? ''}, until ${card.exp_month ?? ''}/${card.exp_year ?? ''}`
				: ''
		},
		{
			name: 'Billing address',
			value: addressParts
				.map((part) => payer?.address?.[part])
				.filter(Boolean)
				.join(', ')
		},
		{ name: 'Tax id', value: payer?.tax_ids.map(({ value }) => value).join(', ') ?? '' }
	].map(({ name, value }) => ({ name, value: value || 'None yet' }));
}
