import type { PageLoad } from './$types';

/** Tables of what was refused, and of both keys of a rotation, are loaded where there is something in them. */
export const load: PageLoad = async ({ data }) => ({
	...data,
	RefusalTable: data.refusals.length > 0 ? (await import('#lib/keys/RefusalTable.svelte')).default : null,
	KeyTable: data.pair.length > 1 ? (await import('#lib/keys/KeyTable.svelte')).default : null
});
