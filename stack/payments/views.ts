/** What a person sees: server-rendered HTML with stylesheets from here and the carrier's page, no script at all. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { testCards } from './cards.ts';
import type { LineItem, Session } from './checkout.ts';
import type { PaymentIntent, SetupIntent } from './intents.ts';
import type { Typed } from './payer.ts';
import type { StripeEvent } from './records.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export const page = (title: string, layout: string, content: Html) =>
	html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="color-scheme" content="light dark" />
				<title>${title}</title>
				<link rel="icon" href="/page/mark.svg" type="image/svg+xml" />
				${['tokens.css', 'base.css', 'payments.css'].map((name) => html`<link rel="stylesheet" href="/page/${name}" />`)}
			</head>
			<body>
				<main class="${layout}">${content}</main>
			</body>
		</html>`;

/** Amounts are in cents: all currencies here have two decimals. */
export function money(amount: number, currency: string): string {
	return new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount / 100);
}

type Checkout = {
	session: Session;
	items: LineItem[];
	email: string | null;
	typed: Typed;
	error: string | null;
	wrong?: keyof Typed;
};

export function checkoutView({ session, items, email, typed, error, wrong }: Checkout): Html {
	const total = money(session.amount_total ?? 0, session.currency ?? 'usd');
	const isPayment = session.mode !== 'setup';
	const every = items[0]?.price.recurring;
	const doing = every ? `Subscribe for ${total}` : `Pay ${total}`;
	return page(
		isPayment ? doing : 'Save a card',
		'checkout',
		html`<section class="side">
				<p class="mode">Checkout simulator. No money moves.</p>
				<h1>${every ? 'Subscribe' : isPayment ? 'Pay' : 'Save a card for later'}</h1>
				${isPayment ? html`<p class="total">${total}${every ? html` <span class="mode">a ${every.interval}</span>` : ''}</p>` : ''}
				<ul class="lines">
					${items.map(
						(item) =>
							html`<li>
								<span>${item.description}${item.quantity > 1 ? ` × ${item.quantity}` : ''}</span>
								<span>${money(item.amount_total, item.currency)}</span>
							</li>`
					)}
				</ul>
				${session.cancel_url ? html`<p><a href="${session.cancel_url}">Go back without ${isPayment ? 'paying' : 'saving'}</a></p>` : ''}
			</section>
			<section>
				${cardForm({ button: isPayment ? doing : 'Save card', typed: { email: email ?? undefined, ...typed }, error, wrong })}
				${cards()}
			</section>`
	);
}

type CardForm = { button: string; typed: Typed; error: string | null; wrong?: keyof Typed; action?: string };

/** What a card's owner fills in. */
export function cardForm({ button, typed, error, wrong, action }: CardForm): Html {
	const field = (name: keyof Typed, label: string, complete: string, value = typed[name] ?? '') =>
		html`<label
			>${label}
			<input
				name="${name}"
				value="${value}"
				autocomplete="${complete}"
				inputmode="${['number', 'expires', 'cvc'].includes(name) ? 'numeric' : 'text'}"
				${wrong === name ? 'aria-invalid=true aria-describedby=error' : ''}
				required
		/></label>`;
	return html`<form class="sheet" method="post" action="${action ?? ''}">
		<p class="error" id="error" role="alert" ${error ? '' : 'hidden'}>${error ?? ''}</p>
		${field('email', 'E-mail', 'email')} ${field('number', 'Card number', 'cc-number')}
		<div class="pair">
			${field('expires', 'Expires (MM / YY)', 'cc-exp')} ${field('cvc', 'Security code', 'cc-csc', '')}
		</div>
		${field('name', 'Name on card', 'cc-name')}
		<button class="primary" type="submit">${button}</button>
	</form>`;
}

export function authenticateView(intent: PaymentIntent | SetupIntent): Html {
	const what =
		intent.object === 'payment_intent' ? `a payment of ${money(intent.amount, intent.currency)}` : 'keeping your card';
	return page(
		'3-D Secure',
		'narrow',
		html`<form class="sheet" method="post">
			<h1>3-D Secure</h1>
			<p>Your bank asks whether it is you who wants ${what}.</p>
			<input type="hidden" name="secret" value="${intent.client_secret}" />
			<p class="actions">
				<button type="submit" name="outcome" value="fail">Fail</button>
				<button class="primary" type="submit" name="outcome" value="complete">Complete</button>
			</p>
		</form>`
	);
}

export function noticeView(title: string, sentence: string, link: { href: string; text: string } | null): Html {
	return page(
		title,
		'narrow',
		html`<div class="sheet">
			<h1>${title}</h1>
			<p>${sentence}</p>
			${link ? html`<p><a href="${link.href}">${link.text}</a></p>` : ''}
		</div>`
	);
}

export function overview(sessions: Session[], events: StripeEvent[]): Html {
	const time = (at: number) => new Date(at * 1000).toISOString().slice(5, 19).replace('T', ' ');
	return page(
		'Payments',
		'wide',
		html`<h1>Payments</h1>
			<p class="mode">Stripe as seen from outside. No money moves.</p>
			${cards()}
			<h2>Checkout</h2>
			${sessions.length === 0 ? html`<p class="empty">Nobody has been sent to Checkout yet.</p>` : ''}
			<table ${sessions.length === 0 ? 'hidden' : ''}>
				<tr>
					<th>When (UTC)</th>
					<th>What</th>
					<th>State</th>
				</tr>
				${sessions.map(
					(session) =>
						html`<tr>
							<td>${time(session.created)}</td>
							<td>
								${session.mode === 'setup' ? 'a card to keep' : money(session.amount_total ?? 0, session.currency ?? 'usd')}
							</td>
							<td>${session.url ? html`<a href="${session.url}">open</a>` : session.status}</td>
						</tr>`
				)}
			</table>
			<h2>Events</h2>
			${events.length === 0 ? html`<p class="empty">Nothing has happened yet.</p>` : ''}
			<table class="events" ${events.length === 0 ? 'hidden' : ''}>
				<tr>
					<th>When (UTC)</th>
					<th>Type</th>
					<th>Object</th>
				</tr>
				${events.map(
					(event) =>
						html`<tr>
							<td>${time(event.created)}</td>
							<td>${event.type}</td>
							<td>${event.data.object.id}</td>
						</tr>`
				)}
			</table>`
	);
}

export const cards = () =>
	html`<h2>Test cards</h2>
		<p class="hint">With any date to come and any security code.</p>
		<table>
			${testCards.map(
				({ number, says }) =>
					html`<tr>
						<td>${number.replace(/(.{4})(?=.)/g, '$1 ')}</td>
						<td>${says}</td>
					</tr>`
			)}
		</table>`;
