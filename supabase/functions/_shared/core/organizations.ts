/** How an address looks: a–z, 0–9 and single hyphens inside, 3 to 60. The database holds the same rule (private.require_slug). */
export const slugPattern = /^(?=.{3,60}$)[a-z0-9](-?[a-z0-9])*$/;

/** What is said of an address that cannot be had; forms say it while one types, without the whole catalogue of refusals. */
export const slugTaken = 'This address is taken already. Try another.';

/** Longest name of an organization, in characters. */
export const longestName = 100;

/** The address a name suggests ("Café Über" → "cafe-uber"); empty where too little of it is left. */
export function slugOf(name: string): string {
	const slug = name
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-/, '')
		.slice(0, 60)
		.replace(/-$/, '');
	return slugPattern.test(slug) ? slug : '';
}
