import * as plans from '#lib/server/plans.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, cookies }) => ({
	plans: await plans.list(locals.database),
	interval: url.searchParams.get('interval') === 'year' ? ('year' as const) : ('month' as const),
	isSignedIn: sessions.isBrought(cookies)
});
