/** An invoice and a receipt as people see them. An open invoice is paid there, by any card. */
import { Hono, type Context } from 'hono';
import { billView, receiptView } from './bill-views.ts';
import type { Charge } from './charges.ts';
import { timeOf } from './clocks.ts';
import { authenticationAddress } from './intents.ts';
import { collect, intentOf, type Invoice } from './invoices.ts';
import { check, type Typed, type Wrong } from './payer.ts';
import { newMethod } from './payment-methods.ts';
import { nothing, person, type PageSettings } from './web.ts';

export function billPages({ store, work, now }: PageSettings): Hono {
	const app = new Hono();

	app.get('/i/:id', (c) => {
		const invoice = store.find<Invoice>(c.req.param('id'), 'invoice');
		return invoice ? show(c, invoice) : nothing(c);
	});

	app.post('/i/:id', async (c) => {
		const typed = (await c.req.parseBody()) as Typed;
		return work(person, (records) => {
			const invoice = store.find<Invoice>(c.req.param('id'), 'invoice');
			if (!invoice) return nothing(c);
			const back = `/i/${invoice.id}`;
			// a second click finds it paid
			if (invoice.status !== 'open') return c.redirect(back, 303);
			const checked = check(typed, now());
			if ('error' in checked) return show(c, invoice, typed, checked);
			const { payer } = checked;
			const tried = collect(timeOf(records, invoice.customer), invoice, newMethod(records, payer.card, payer));
			const intent = intentOf(store, tried);
			const asks = intent?.status === 'requires_action';
			return c.redirect(asks ? authenticationAddress('', intent) : back, 303);
		});
	});

	app.get('/receipts/:id', (c) => {
		const charge = store.find<Charge>(c.req.param('id'), 'charge');
		return charge?.receipt_url ? c.html(receiptView(charge)) : nothing(c);
	});
	return app;

	function show(c: Context, invoice: Invoice, typed: Typed = {}, wrong?: Wrong) {
		const intent = intentOf(store, invoice);
		const isWaiting = intent?.status === 'requires_action';
		const view = billView({
			invoice,
			confirm: isWaiting ? authenticationAddress('', intent) : null,
			typed: { email: invoice.customer_email ?? undefined, ...typed },
			error: wrong?.error ?? intent?.last_payment_error?.message ?? null,
			wrong: wrong?.wrong
		});
		return c.html(view, wrong ? 422 : 200);
	}
}
