import * as inventory from '#lib/server/operators/inventory.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const filters = inventory.Filters.parse(
		Object.fromEntries(Object.keys(inventory.Filters.shape).map((name) => [name, url.searchParams.get(name)]))
	);
	return { filters, ...(await inventory.read(locals.operator, filters)) };
};
