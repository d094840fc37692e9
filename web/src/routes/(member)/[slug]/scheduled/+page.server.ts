import * as schedules from '#lib/server/schedules.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	planned: await schedules.list(locals.database, locals.me.organization.id)
});
