import { html } from 'hono/html';
import { day } from './bill-views.ts';
import type { Invoice } from './invoices.ts';
import type { Typed } from './payer.ts';
import type { PaymentMethod } from './payment-methods.ts';
import { addressOf, type PortalSession } from './portal.ts';
import type { Customer } from './rest/customers.ts';
import type { Subscription } from './subscriptions.ts';
import { cardForm, cards, money, page, type Html } from './views.ts';

type Portal = {
	session: PortalSession;
	customer: Customer;
	subscriptions: { subscription: Subscription; name: string }[];
	card: PaymentMethod | undefined;
	invoices: Invoice[];
	typed: Typed;
	error: string | null;
	wrong?: keyof Typed;
};

export function portalView(portal: Portal): Html {
	const { session, customer } = portal;
	const flow = session.flow?.type;
	const parts = [
		...(flow === 'payment_method_update' ? [] : [plans(portal)]),
		...(flow === 'subscription_cancel' ? [] : [cardPart(portal)]),
		...(flow ? [] : [details(portal), history(portal)])
	];
	return page(
		'Billing',
		'narrow',
		html`<p class="mode">Billing portal simulator. No money moves.</p>
			<h1>Billing of ${customer.name ?? customer.email ?? 'your organization'}</h1>
			${session.return_url ? html`<p><a href="${session.return_url}">Go back</a></p>` : ''} ${parts}`
	);
}

const plans = ({ session, subscriptions }: Portal): Html =>
	html`<h2>Plan</h2>
		${subscriptions.length === 0 ? html`<p class="empty">There is no subscription.</p>` : ''}
		${subscriptions.map(({ subscription, name }) => {
			const { id, cancel_at_period_end: ends, currency, items } = subscription;
			const [{ price, quantity, current_period_end: end }] = items.data;
			const worth = money((price.unit_amount ?? 0) * quantity, currency);
			return html`<form class="sheet" method="post" action="${addressOf(session)}/subscription">
				<p>${name}, ${worth} a ${price.recurring?.interval ?? 'month'}, ${ends ? 'ends' : 'renews'} on ${day(end)}</p>
				<input type="hidden" name="id" value="${id}" />
				<button type="submit" name="ends" value="${ends ? 'no' : 'yes'}">
					${ends ? 'Keep the plan' : 'Cancel the plan'}
				</button>
			</form>`;
		})}`;

const cardPart = ({ session, card, typed, error, wrong }: Portal): Html =>
	html`<h2>Card</h2>
		<p>
			${card ? `${card.card.brand} ending in ${card.card.last4}, until ${card.card.exp_month}/${card.card.exp_year}` : 'No card is kept.'}
		</p>
		${cardForm({ action: `${addressOf(session)}/card`, button: 'Save card', typed, error, wrong })} ${cards()}`;

function details({ session, customer }: Portal): Html {
	const field = (name: string, label: string, value: string | null | undefined) =>
		html`<label>${label}<input name="${name}" value="${value ?? ''}" /></label>`;
	const at = (name: string) => customer.address?.[name];
	return html`<h2>Billing address</h2>
		<form class="sheet" method="post" action="${addressOf(session)}/details">
			${field('name', 'Name', customer.name)} ${field('email', 'Billing e-mail', customer.email)}
			${field('line1', 'Address', at('line1'))} ${field('line2', 'Address, second line', at('line2'))}
			<div class="pair">
				${field('postal_code', 'Postal code', at('postal_code'))} ${field('city', 'City', at('city'))}
			</div>
			<div class="pair">
				${field('state', 'State', at('state'))} ${field('country', 'Country (two letters)', at('country'))}
			</div>
			<button type="submit">Save address</button>
		</form>`;
}

const history = ({ invoices }: Portal): Html =>
	html`<h2>Invoices</h2>
		${invoices.length === 0 ? html`<p class="empty">There is no invoice yet.</p>` : ''}
		<ul class="lines">
			${invoices.map(
				(invoice) =>
					html`<li>
						<a href="/i/${invoice.id}">${invoice.number ?? invoice.id}</a>
						<span>${day(invoice.created)} · ${invoice.status} · ${money(invoice.total, invoice.currency)}</span>
					</li>`
			)}
		</ul>`;
