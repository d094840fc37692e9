import { onMount } from 'svelte';
import { beforeNavigate, invalidateAll } from '$app/navigation';

/**
 * Keeps a page where it is when it reads itself anew under a session that has expired: Kit would lead it to the sign-in
 * page, away from what is being written. Whoever watches the session asks for the password over the page; once it was
 * right, what was missed is read. What a person does themselves (a link, a form) is not touched. Call it while a component
 * is made.
 */
export function stayWhenExpired(): void {
	let missed = false;
	beforeNavigate(({ type, to, cancel }) => {
		if (type !== 'goto' || to?.route.id !== '/(visitor)/sign-in' || !to.url.searchParams.has('expired')) return;
		missed = true;
		cancel();
	});
	onMount(() => {
		const tabs = new BroadcastChannel('session');
		tabs.onmessage = ({ data }) => {
			if (data !== 'renewed' || !missed) return;
			missed = false;
			void invalidateAll();
		};
		return () => tabs.close();
	});
}
