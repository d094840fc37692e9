/** The Billing Portal's pages. */
import { Hono, type Context } from 'hono';
import { authenticationAddress } from './intents.ts';
import type { Invoice } from './invoices.ts';
import { check, type Typed, type Wrong } from './payer.ts';
import type { PaymentMethod } from './payment-methods.ts';
import { addressOf, keepCard, liveOf, portalLife, schedule, type PortalSession } from './portal.ts';
import { portalView } from './portal-view.ts';
import { found } from './rest/call.ts';
import type { Customer } from './rest/customers.ts';
import type { Product } from './rest/products.ts';
import { noticeView } from './views.ts';
import { allowForms, nothing, person, type PageSettings } from './web.ts';

export function portalPages({ store, work, now }: PageSettings): Hono {
	const app = new Hono();

	app.get('/p/session/:id', (c) => {
		const session = sessionAt(c);
		return session ? show(c, session) : over(c);
	});

	app.post('/p/session/:id/card', async (c) => {
		const typed = (await c.req.parseBody()) as Typed;
		return work(person, (records) => {
			const session = sessionAt(c);
			if (!session) return over(c);
			const checked = check(typed, now());
			if ('error' in checked) return show(c, session, typed, checked);
			const intent = keepCard(records, session, checked.payer);
			if (intent.status === 'requires_action') return c.redirect(authenticationAddress('', intent), 303);
			return c.redirect(intent.status === 'succeeded' ? after(session) : addressOf(session), 303);
		});
	});

	app.post('/p/session/:id/subscription', async (c) => {
		const { id, ends } = await c.req.parseBody();
		return work(person, (records) => {
			const session = sessionAt(c);
			if (!session) return over(c);
			schedule(records, session, String(id), ends === 'yes');
			return c.redirect(after(session), 303);
		});
	});

	app.post('/p/session/:id/details', async (c) => {
		const typed = await c.req.parseBody();
		return work(person, (records) => {
			const session = sessionAt(c);
			if (!session) return over(c);
			const customer = found<Customer>(records, 'customer', session.customer);
			const said = (name: string) => String(typed[name] ?? '').trim() || null;
			const place = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'].map((name) => [name, said(name)]);
			const changes = { name: said('name'), email: said('email'), address: Object.fromEntries(place) };
			records.change(customer, changes as Partial<Customer>, 'customer.updated');
			return c.redirect(addressOf(session), 303);
		});
	});
	return app;

	function sessionAt(c: Context): PortalSession | undefined {
		const session = store.find<PortalSession>(c.req.param('id') ?? '', 'billing_portal.session');
		return session && session.created + portalLife > now() / 1000 ? session : undefined;
	}

	function show(c: Context, session: PortalSession, typed: Typed = {}, wrong?: Wrong) {
		const customer = store.find<Customer>(session.customer, 'customer');
		if (!customer) return nothing(c);
		allowForms(c, [session.return_url, after(session).startsWith('/') ? null : after(session)]);
		const setup =
			session.setup_intent &&
			store.find<{ last_setup_error: { message: string } | null } & Customer>(session.setup_intent);
		const view = portalView({
			session,
			customer,
			subscriptions: liveOf(store, customer.id).map((subscription) => ({
				subscription,
				name: store.find<Product>(subscription.items.data[0].price.product)?.name ?? ''
			})),
			card: store.find<PaymentMethod>(cardOf(customer), 'payment_method'),
			invoices: store.list<Invoice>({
				kind: 'invoice',
				where: [["body ->> 'customer' = ?", customer.id]],
				limit: 24
			}),
			typed: { email: customer.email ?? undefined, ...typed },
			error: wrong?.error ?? (setup ? setup.last_setup_error?.message : null) ?? null,
			wrong: wrong?.wrong
		});
		return c.html(view, wrong ? 422 : 200);
	}

	function cardOf(customer: Customer): string {
		const [subscription] = liveOf(store, customer.id);
		return subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method ?? '';
	}
}

const after = (session: PortalSession): string =>
	session.flow?.after_completion.redirect?.return_url ?? addressOf(session);

function over(c: Context) {
	return c.html(noticeView('This page has expired', 'Start again where you came from.', null), 410);
}
