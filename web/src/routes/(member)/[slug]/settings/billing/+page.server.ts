import { error, redirect } from '@sveltejs/kit';
import { Failure, failures } from '#core/failures.ts';
import { dollars } from '#core/money.ts';
import { autoWords, planWords, walletWords } from '#lib/billing/page-words.ts';
import { payerLines, paymentRows } from '#lib/billing/payment-rows.ts';
import { day } from '#lib/billing/words.ts';
import * as forms from '#lib/server/forms.ts';
import * as plans from '#lib/server/plans.ts';
import * as wallets from '#lib/server/wallets.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	if (!capabilities.includes('billing:read')) error(403, failures.not_allowed.says, { slug: 'not_allowed' });
	const back = url.searchParams.get('back');
	let unread = false;
	if (back !== null) {
		try {
			await wallets.readAgain(database, id);
		} catch (cause) {
			if (!(cause instanceof Failure)) throw cause;
			// the provider's events say the same, a little later
			unread = true;
		}
	}
	const [all, usage, subscription, wallet, topUps, auto, payer, invoices, returned] = await Promise.all([
		plans.list(database),
		plans.usage(database, id),
		plans.subscription(database, id),
		wallets.wallet(database, id),
		wallets.topUps(database, id),
		wallets.autoTopUp(database, id),
		wallets.payer(database, id),
		wallets.invoices(database, id),
		back === null ? null : wallets.topUp(database, id, back)
	]);
	const plan = all.find(({ code }) => code === usage.plan);
	const waiting = topUps.find(({ status }) => status === 'needs_action');
	/** What is to be paid first. */
	const invoice = invoices.find(({ status, due_micros }) => status === 'open' && due_micros > 0);
	return {
		plan: plan && planWords(plan, usage, subscription, me.time_zone),
		/** The last day of a plan whose payment failed. */
		graceEnds: subscription?.grace_ends_at ? day(subscription.grace_ends_at, me.time_zone) : null,
		wallet: walletWords(wallet),
		auto: autoWords(auto),
		payments: paymentRows(topUps, invoices, me.time_zone),
		paysBy: payerLines(payer),
		card: Boolean(payer?.payment_method),
		waiting: waiting && { id: waiting.id, says: dollars(waiting.amount_micros) },
		invoice: invoice?.hosted_url ? { url: invoice.hosted_url, says: dollars(invoice.due_micros) } : null,
		/** What has come of a payment from which somebody is back. */
		paid: returned?.status === 'paid' ? dollars(returned.amount_micros) : null,
		unheard: unread || returned !== null,
		isBack: back !== null,
		topUpKey: crypto.randomUUID()
	};
};

/** Off to the provider's page, and back here where there is nothing left to do there. */
function leave(url: string | null, slug: string): never {
	if (url) redirect(303, url, { external: true });
	redirect(303, `/${slug}/settings/billing?back=done`);
}

export const actions: Actions = {
	topUp: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const chosen = { ...fields, amount: fields.other || fields.amount || '' };
		const { draft, refused } = forms.parse(wallets.TopUpWish, chosen);
		if (refused) return refused;
		let page: string | null;
		try {
			page = await wallets.beginTopUp(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, chosen);
		}
		leave(page, params.slug);
	},

	confirm: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		let page: string | null;
		try {
			page = await wallets.confirmTopUp(locals.database, fields.top_up_id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		leave(page, params.slug);
	},

	automatic: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(wallets.AutoTopUpWish, fields);
		if (refused) return refused;
		try {
			await wallets.setAutoTopUp(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'The wallet fills itself from now on.' };
	},

	stop: async ({ locals }) => {
		try {
			await wallets.setAutoTopUp(locals.database, locals.me.organization.id, null);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'The wallet is topped up by hand only.' };
	},

	cancel: async ({ locals }) => {
		try {
			await plans.cancel(locals.database, locals.me.organization.id, true);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'The plan ends with what is paid. Nothing more is charged for it.' };
	},

	resume: async ({ locals }) => {
		try {
			await plans.cancel(locals.database, locals.me.organization.id, false);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'The plan goes on.' };
	},

	portal: async ({ locals, params }) => {
		let page: string | null;
		try {
			page = await wallets.portal(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		leave(page, params.slug);
	}
};
