/** 3-D Secure: the bank asks for its customer, and they go on where they came from. */
import { Hono } from 'hono';
import { complete, sessionOf, successAddress } from './checkout.ts';
import { timeOf } from './clocks.ts';
import { settle, type PaymentIntent, type SetupIntent } from './intents.ts';
import { invoiceOf } from './invoices.ts';
import { portalOf, settledCard } from './portal.ts';
import { authenticateView, noticeView } from './views.ts';
import { allowForms, nothing, person, type PageSettings } from './web.ts';

export function authenticatePages({ store, work }: PageSettings): Hono {
	const app = new Hono();

	app.get('/authenticate/:id', (c) => {
		const intent = intentOf(c.req.param('id'), c.req.query('secret'));
		if (!intent) return nothing(c);
		if (intent.status !== 'requires_action')
			return c.html(noticeView('3-D Secure', 'There is nothing to confirm any more.', null));
		allowForms(c, [returnOf(intent), sessionOf(store, intent.id)?.success_url, portalOf(store, intent.id)?.return_url]);
		return c.html(authenticateView(intent));
	});

	app.post('/authenticate/:id', async (c) => {
		const { secret, outcome } = await c.req.parseBody();
		return work(person, (records) => {
			const intent = intentOf(c.req.param('id'), secret);
			if (!intent) return nothing(c);
			const session = sessionOf(store, intent.id);
			const settled = settle(timeOf(records, intent.customer), intent, outcome === 'complete');
			const isDone = settled.status === 'succeeded';
			if (session) {
				if (!isDone) return c.redirect(`/c/pay/${session.id}`, 303);
				return c.redirect(successAddress(complete(records, session, settled.payment_method)), 303);
			}
			const invoice = invoiceOf(store, intent.id);
			if (invoice) return c.redirect(`/i/${invoice.id}`, 303);
			const portal = portalOf(store, intent.id);
			if (portal) return c.redirect(settledCard(records, portal, settled), 303);
			const back = returnOf(intent);
			if (back) return c.redirect(returnAddress(back, settled), 303);
			const sentence = isDone
				? 'It is done. You can close this page.'
				: 'It was not confirmed. You can close this page.';
			return c.html(noticeView('3-D Secure', sentence, null));
		});
	});
	return app;

	function intentOf(id: string, secret: unknown): PaymentIntent | SetupIntent | undefined {
		const intent = /^(pi|seti)_/.test(id) ? store.find<PaymentIntent | SetupIntent>(id) : undefined;
		return intent && intent.client_secret === secret ? intent : undefined;
	}
}

const returnOf = ({ next_action }: PaymentIntent | SetupIntent) => next_action?.redirect_to_url?.return_url;

/** https://docs.stripe.com/payments/payment-intents/verifying-status#check-status-client-side */
function returnAddress(back: string, { object, id, client_secret, status }: PaymentIntent | SetupIntent): string {
	const url = new URL(back);
	url.searchParams.set(object, id);
	url.searchParams.set(`${object}_client_secret`, client_secret);
	url.searchParams.set('redirect_status', status === 'succeeded' ? 'succeeded' : 'failed');
	return url.href;
}
