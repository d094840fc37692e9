import { loadCarrierWords } from '#lib/conversations/carrier-words.svelte.ts';
import type { LayoutLoad } from './$types';

/** What shows the results of a search, or why a text failed, is loaded with them, not with the inbox. */
export const load: LayoutLoad = async ({ data }) => {
	const [results] = await Promise.all([
		data.found ? import('#lib/conversations/SearchResults.svelte') : null,
		data.conversations.some(({ last_message_status: status }) => status === 'failed') ? loadCarrierWords() : null
	]);
	return { ...data, Results: results?.default ?? null };
};
