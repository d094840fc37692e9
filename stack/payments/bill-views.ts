import { html } from 'hono/html';
import type { Charge } from './charges.ts';
import type { Invoice } from './invoices.ts';
import type { Typed } from './payer.ts';
import { cardForm, cards, money, page, type Html } from './views.ts';

export const day = (at: number): string =>
	new Date(at * 1000).toLocaleDateString('en-US', { dateStyle: 'medium', timeZone: 'UTC' });

type Bill = {
	invoice: Invoice;
	/** Where the bank waits for its customer. */
	confirm: string | null;
	typed: Typed;
	error: string | null;
	wrong?: keyof Typed;
};

export function billView({ invoice, confirm, typed, error, wrong }: Bill): Html {
	const { currency, status, amount_due, total } = invoice;
	const name = `Invoice ${invoice.number ?? ''}`;
	const rest = total - amount_due;
	const pay = confirm
		? html`<div class="sheet">
				<p>Your bank asks whether it is you who pays.</p>
				<p><a href="${confirm}">Confirm with your bank</a></p>
			</div>`
		: html`${cardForm({ button: `Pay ${money(amount_due, currency)}`, typed, error, wrong })} ${cards()}`;
	return page(
		name,
		status === 'open' ? 'checkout' : 'narrow',
		html`<section class="side">
				<p class="mode">Invoice simulator. No money moves.</p>
				<h1>${name}</h1>
				<p class="total">${money(amount_due, currency)}</p>
				<p class="mode">
					${day(invoice.created)} · ${status} · ${invoice.customer_name ?? invoice.customer_email ?? ''}
				</p>
				<ul class="lines">
					${invoice.lines.data.map(
						(line) =>
							html`<li>
								<span>${line.description}</span>
								<span>${money(line.amount, currency)}</span>
							</li>`
					)}
					${rest === 0 ? '' : html`<li><span>Kept in the balance</span><span>${money(-rest, currency)}</span></li>`}
				</ul>
			</section>
			${status === 'open' ? html`<section>${pay}</section>` : ''}`
	);
}

export function receiptView(charge: Charge): Html {
	const { brand, last4 } = charge.payment_method_details.card;
	return page(
		'Receipt',
		'narrow',
		html`<div class="sheet">
			<p class="mode">Receipt simulator. No money moves.</p>
			<h1>Receipt</h1>
			<p class="total">${money(charge.amount, charge.currency)}</p>
			<p>${charge.description ?? 'Payment'}, ${day(charge.created)}, by ${brand} ending in ${last4}</p>
			${charge.amount_refunded === 0 ? '' : html`<p>Given back: ${money(charge.amount_refunded, charge.currency)}</p>`}
		</div>`
	);
}
