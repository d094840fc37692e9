import * as search from '#lib/server/operators/search.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const words = url.searchParams.get('q')?.trim() ?? '';
	return { found: words === '' ? null : await search.search(locals.operator, words) };
};
