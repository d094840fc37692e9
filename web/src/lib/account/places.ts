/**
 * Where in the product one can be: the rail's entries, in their order. Their signs are in places-signs.svg. The tabs of a
 * phone have room for five, of which one is the bell, so what is `aside` stands behind its "More".
 */
export const places = [
	{ route: '/(member)/[slug]/dashboard', label: 'Home', sign: 'home' },
	{ route: '/(member)/[slug]/inbox', label: 'Inbox', sign: 'inbox' },
	{ route: '/(member)/[slug]/verifications', label: 'Codes', sign: 'verifications' },
	{ route: '/(member)/[slug]/numbers', label: 'Numbers', sign: 'numbers', aside: true },
	{ route: '/(member)/[slug]/contacts', label: 'Contacts', sign: 'contacts', aside: true }
] as const;

/** Whether a page belongs to a place. What the person was told has a place of its own, though it stands in the inbox. */
export function isAt(page: string | null, route: string): boolean {
	const isBell = page === '/(member)/[slug]/inbox/notifications';
	return isBell ? route === page : (page?.startsWith(route) ?? false);
}
