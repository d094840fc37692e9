import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { firstRenewalDay, isOver } from '#core/number-orders.ts';
import * as marketplace from '#lib/server/marketplace.ts';
import * as notifications from '#lib/server/notifications.ts';
import * as numberOrders from '#lib/server/number-orders.ts';
import * as organizations from '#lib/server/organizations.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	try {
		const [order, wallet, zone] = await Promise.all([
			numberOrders.open(database, id, params.orderId),
			numberOrders.wallet(database, id, capabilities),
			organizations.timeZone(database, id)
		]);
		const wanted = { number: order.e164, country: order.country_code, type: order.kind };
		// whoever looks at how it ended need not be told
		if (isOver(order.status)) await notifications.markNoticesRead(database, id, order.id);
		return {
			order,
			wallet,
			renewsOn: firstRenewalDay(new Date(order.created_at), zone),
			near: order.status === 'released' ? await marketplace.near(database, id, wanted, ['sms']) : [],
			renderedAt: Date.now()
		};
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};
