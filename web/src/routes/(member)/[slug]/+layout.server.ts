import * as notifications from '#lib/server/notifications.ts';
import * as plans from '#lib/server/plans.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import * as usage from '#lib/server/usage.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	const [notified, owed, limits] = await Promise.all([
		notifications.unreadCount(database, id),
		capabilities.includes('billing:read') ? plans.owed(database, id) : null,
		capabilities.includes('billing:read') ? usage.warnings(database, id, new Date()) : []
	]);
	return {
		me,
		lastSignIn: signIns.told(cookies),
		/** How many notifications are unread. */
		notified,
		/** A payment that failed, for those who may see the money. */
		owed,
		/** Limits of the plan that are nearly or wholly used, for the same. */
		limits
	};
};
