import type { PageLoad } from './$types';

/** The table of what was refused is loaded where there is something in it. */
export const load: PageLoad = async ({ data }) => ({
	...data,
	RefusalTable: data.refusals.length > 0 ? (await import('#lib/keys/RefusalTable.svelte')).default : null
});
