import type { PageLoad } from './$types';

/** What is said when nothing was found is loaded when that is so. */
export const load: PageLoad = async ({ data }) => {
	const nothing = data.trouble !== undefined || (data.numbers.length === 0 && !data.wrong);
	return { ...data, NothingFound: nothing ? (await import('#lib/numbers/NothingFound.svelte')).default : null };
};
