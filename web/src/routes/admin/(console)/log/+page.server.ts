import * as accounts from '#lib/server/operators/accounts.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const before = url.searchParams.get('before');
	const isId = before !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(before);
	return { deeds: await accounts.deeds(locals.operator, isId ? before : null) };
};
