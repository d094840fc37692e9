import * as organizations from '#lib/server/organizations.ts';
import * as usage from '#lib/server/usage.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { me, database } = locals;
	const { id } = me.organization;
	const time = usage.timeOf(url.searchParams, await organizations.timeZone(database, id), new Date());
	const [figures, months] = await Promise.all([usage.read(database, id, time), usage.months(database, id)]);
	return { time, figures, months };
};
