import type { LayoutServerLoad } from './$types';

/** Who is at work. By what the database knows their session stays here. */
export const load: LayoutServerLoad = ({ locals, url }) => {
	const { name, full_name, role, expires_at, fresh_until } = locals.operator;
	return { operator: { name, full_name, role, expires_at, fresh_until }, words: url.searchParams.get('q') ?? '' };
};
