import * as plans from '#lib/server/plans.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => ({
	plans: await plans.list(locals.database),
	interval: url.searchParams.get('interval') === 'year' ? ('year' as const) : ('month' as const)
});
