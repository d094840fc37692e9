import * as traffic from '#lib/server/operators/traffic.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const asked = Number(url.searchParams.get('days'));
	const days = [7, 30].includes(asked) ? asked : 1;
	const code = url.searchParams.get('code')?.slice(0, 100) || null;
	return { days, code, ...(await traffic.deliveryErrors(locals.operator, days, code)) };
};
