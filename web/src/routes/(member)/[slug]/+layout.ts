import type { LayoutLoad } from './$types';

/** What stands above a page now and then is loaded when it does. */
export const load: LayoutLoad = async ({ data }) => {
	const { me, lastSignIn, owed, limits } = data;
	const Above =
		me.notices[0] || me.deletion_requested_at || me.organization.throttle || lastSignIn || owed || limits.length > 0
			? (await import('./Above.svelte')).default
			: null;
	return { ...data, Above };
};
