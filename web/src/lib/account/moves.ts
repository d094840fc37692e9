import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import { page } from '$app/state';

type Organization = { slug: string; suspended_at: string | null };

/** Leads to the inbox of another organization of the person's, or to wherever they begin; it says which one they left. */
export async function goHome(organizations: readonly Organization[], left: string): Promise<void> {
	const home = organizations.find(({ suspended_at }) => !suspended_at) ?? organizations[0];
	if (!home) return location.assign('/');
	await goto(resolve('/(member)/[slug]/inbox', { slug: home.slug }), {
		replaceState: true,
		invalidateAll: true,
		state: { left }
	});
}

/** Shows this very page at the organization's new address. */
export async function follow(from: string, to: string): Promise<void> {
	const { pathname, search } = page.url;
	// eslint-disable-next-line svelte/no-navigation-without-resolve -- this very page under its new first part
	await goto(`/${to}${pathname.slice(from.length + 1)}${search}`, { replaceState: true, invalidateAll: true });
}
