import * as requestLog from '#lib/server/request-log.ts';
import type { PageServerLoad } from './$types';

/** Refusals of keys that the page shows. */
const mostTurnedAway = 10;

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	const { me, database } = locals;
	requestLog.requireReader(me);
	depends('api-usage');
	const [analytics, turnedAway] = await Promise.all([
		requestLog.read(database, me.organization.id, requestLog.periodOf(url.searchParams)),
		requestLog.turnedAway(database, me.organization.id, mostTurnedAway)
	]);
	return { analytics, turnedAway };
};
