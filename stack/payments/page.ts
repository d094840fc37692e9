/** The pages that people are sent to: Checkout here, the others beside it; and at `/` what has happened lately. */
import { readFileSync } from 'node:fs';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { sameOriginOnly } from '../carrier/same-origin.ts';
import { authenticatePages } from './authenticate.ts';
import { billPages } from './bills.ts';
import { intentBehind, submit, successAddress, type Plan, type Session } from './checkout.ts';
import { authenticationAddress } from './intents.ts';
import { check, type Typed } from './payer.ts';
import { portalPages } from './portal-page.ts';
import type { StripeEvent } from './records.ts';
import type { Customer } from './rest/customers.ts';
import { checkoutView, noticeView, overview } from './views.ts';
import { allowForms, headers, nothing, type PageSettings, person } from './web.ts';

const files = new Map([
	['tokens.css', read('../carrier/page/tokens.css')],
	['base.css', read('../carrier/page/base.css')],
	['mark.svg', read('../carrier/page/mark.svg')],
	['payments.css', read('./page/payments.css')]
]);

function read(path: string): string {
	return readFileSync(new URL(path, import.meta.url), 'utf8');
}

const people = ['/c/*', '/authenticate/*', '/i/*', '/receipts/*', '/p/*'];

export function createPages(settings: PageSettings): Hono {
	const { store, work, now } = settings;
	const app = new Hono();
	for (const path of people) app.use(path, bodyLimit({ maxSize: 16 * 1024 }), headers);
	app.on('POST', people, sameOriginOnly);
	for (const pages of [authenticatePages, billPages, portalPages]) app.route('/', pages(settings));

	app.get('/', headers, (c) => {
		const sessions = store.list<Session>({ kind: 'checkout.session', limit: 9 });
		return c.html(overview(sessions, store.list<StripeEvent>({ kind: 'event', limit: 29 })));
	});

	app.get('/page/:name', (c) => {
		const content = files.get(c.req.param('name'));
		if (content === undefined) return c.notFound();
		c.header('x-content-type-options', 'nosniff');
		c.header('cache-control', 'no-cache');
		const type = c.req.param('name').endsWith('.css') ? 'text/css' : 'image/svg+xml';
		return c.body(content, 200, { 'content-type': `${type}; charset=utf-8` });
	});

	app.get('/c/pay/:id', (c) => {
		const session = store.find<Session>(c.req.param('id'), 'checkout.session');
		return session?.status === 'open' ? form(c, session) : over(c, session);
	});

	app.post('/c/pay/:id', async (c) => {
		const typed = (await c.req.parseBody()) as Typed;
		return work(person, (records) => {
			const session = store.find<Session>(c.req.param('id'), 'checkout.session');
			// a second click finds it paid
			if (session?.status !== 'open') return over(c, session);
			const checked = check(typed, now());
			if ('error' in checked) return form(c, session, { typed, ...checked });
			const intent = submit(records, session, checked.payer);
			if (!intent || intent.status === 'succeeded') return c.redirect(successAddress(session), 303);
			const back = `/c/pay/${session.id}`;
			return c.redirect(intent.status === 'requires_action' ? authenticationAddress('', intent) : back, 303);
		});
	});
	return app;

	function form(c: Context, session: Session, more: { typed?: Typed; wrong?: keyof Typed; error?: string } = {}) {
		const known = session.customer ? store.find<Customer>(session.customer)?.email : session.customer_email;
		const intent = intentBehind(store, session);
		const last = intent?.object === 'payment_intent' ? intent.last_payment_error : intent?.last_setup_error;
		allowForms(c, [session.success_url, session.cancel_url]);
		const view = checkoutView({
			session,
			items: store.hidden<Plan>(session.id).items,
			email: known ?? null,
			typed: more.typed ?? {},
			error: more.error ?? last?.message ?? null,
			wrong: more.wrong
		});
		return c.html(view, more.error ? 422 : 200);
	}

	function over(c: Context, session: Session | undefined) {
		if (!session) return nothing(c);
		if (session.status === 'complete') return c.redirect(successAddress(session), 303);
		const link = session.cancel_url ? { href: session.cancel_url, text: 'Go back' } : null;
		return c.html(noticeView('This page has expired', 'Start again where you came from.', link), 410);
	}
}
