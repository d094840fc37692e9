import type { PageLoad } from './$types';

/** What says that there are no lines is loaded where there are none. */
export const load: PageLoad = async ({ data }) => ({
	...data,
	NoLines: data.lines.length > 0 ? null : (await import('#lib/audit/NoLines.svelte')).default
});
