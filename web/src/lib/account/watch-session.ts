import { resolve } from '$app/paths';
import { onSignOut } from '#lib/realtime/sign-out.ts';
import { askPassword } from './ask-password.ts';

/** How often a page that somebody looks at asks, in ms: as soon as that a session that was ended elsewhere leaves it. */
const every = 5000;

/**
 * Watches, on a page whose state has no connection of its own, whether the session still is one. One that somebody ended
 * leads to the sign-in page; for one that expired the password is asked for, once. Returns how to stop.
 */
export function watchSession(): () => void {
	const stopped = new AbortController();
	let asked = false;

	async function look(): Promise<void> {
		if (document.visibilityState !== 'visible') return;
		const response = await fetch('/session/token', { cache: 'no-store', signal: stopped.signal });
		if (response.status !== 401) return;
		const { expired }: { expired?: boolean } = await response.json();
		if (!expired) {
			const next = location.pathname + location.search;
			location.assign(`${resolve('/(visitor)/sign-in')}?${new URLSearchParams({ ended: '', next })}`);
		} else if (!asked) {
			asked = true;
			// a dialog that did not load is tried again
			asked = !(await askPassword('expired').catch(() => true));
		}
	}

	// no answer, or the page was left: no news
	const quietly = () => void look().catch(() => undefined);
	const timer = setInterval(quietly, every);
	const stop = () => {
		clearInterval(timer);
		stopped.abort();
	};
	document.addEventListener('visibilitychange', quietly, { signal: stopped.signal });
	onSignOut(stop, stopped.signal);
	return stop;
}
