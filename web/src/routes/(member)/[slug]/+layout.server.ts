import * as notifications from '#lib/server/notifications.ts';
import * as plans from '#lib/server/plans.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	const [notified, owed] = await Promise.all([
		notifications.unreadCount(database, id),
		capabilities.includes('billing:read') ? plans.owed(database, id) : null
	]);
	return {
		me,
		lastSignIn: signIns.told(cookies),
		/** How many notifications are unread. */
		notified,
		/** A payment that failed, for those who may see the money. */
		owed
	};
};
