import * as failedEntries from '#lib/server/operators/failed-entries.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const hours = failedEntries.spans.find((one) => String(one) === url.searchParams.get('hours')) ?? 24;
	return { hours, failed: await failedEntries.read(locals.operator, hours) };
};
