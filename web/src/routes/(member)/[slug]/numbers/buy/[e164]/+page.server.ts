import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { firstRenewalDay } from '#core/number-orders.ts';
import { numberTypes } from '#core/number-catalogue.ts';
import * as forms from '#lib/server/forms.ts';
import * as marketplace from '#lib/server/marketplace.ts';
import * as numberOrders from '#lib/server/number-orders.ts';
import * as organizations from '#lib/server/organizations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, url }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	const wanted = {
		number: params.e164,
		country: url.searchParams.get('country')?.toUpperCase() ?? '',
		type: numberTypes.find((type) => type === url.searchParams.get('type'))
	};
	if (!/^\+[1-9]\d{6,14}$/.test(wanted.number) || !/^[A-Z]{2}$/.test(wanted.country)) error(404);
	const { type = 'local' } = wanted;
	const [wallet, zone] = await Promise.all([
		numberOrders.wallet(database, id, capabilities),
		organizations.timeZone(database, id)
	]);
	const from = url.searchParams.get('from') ?? '';
	const common = {
		wallet,
		/** The address of the search that led here. */
		back: from.startsWith('?') ? from : `?${new URLSearchParams({ country: wanted.country })}`,
		wanted: { ...wanted, type },
		renewsOn: firstRenewalDay(new Date(), zone),
		key: crypto.randomUUID()
	};
	try {
		const offer = await marketplace.offer(database, id, { ...wanted, type });
		return { ...common, offer, gone: undefined, near: [] };
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug !== 'number_sold' && cause.slug !== 'carrier_unavailable') error(cause.status, cause.says);
		const near = cause.slug === 'number_sold' ? marketplace.near(database, id, { ...wanted, type }, ['sms']) : [];
		return { ...common, offer: null, gone: cause.slug, near: await near };
	}
};

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(numberOrders.Wanted, fields);
		if (refused) return refused;
		let orderId: string;
		try {
			orderId = await numberOrders.place(locals.database, locals.me.organization.id, params.e164, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, resolve('/(member)/[slug]/numbers/orders/[orderId]', { slug: params.slug, orderId }));
	}
};
