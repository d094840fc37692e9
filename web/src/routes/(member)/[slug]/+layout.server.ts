import { Failure } from '#core/failures.ts';
import * as notifications from '#lib/server/notifications.ts';
import * as people from '#lib/server/people.ts';
import * as plans from '#lib/server/plans.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import * as usage from '#lib/server/usage.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies, params, request }) => {
	const { database } = locals;
	const zone = cookies.get('time_zone');
	// the page that answers a form without scripts: who was asked for before it is what the form has changed
	const me = request.method === 'GET' ? locals.me : await again(locals, params.slug, zone);
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

/** Who is signed in, once more; as they were where the form itself has ended that they may be asked for. */
async function again({ database, me }: App.Locals, slug: string, zone: string | undefined): Promise<App.Locals['me']> {
	try {
		return people.inZone(await people.me(database, slug), zone);
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return me;
	}
}
