import type { PageLoad } from './$types';

/** The log, and what one of its rows said, are loaded where there is something to show. */
export const load: PageLoad = async ({ data }) => {
	const [log, opened] = await Promise.all([
		data.deliveries.length > 0 ? import('#lib/webhooks/Log.svelte') : null,
		data.opened ? import('#lib/webhooks/Opened.svelte') : null
	]);
	return { ...data, Log: log?.default ?? null, Opened: opened?.default ?? null };
};
