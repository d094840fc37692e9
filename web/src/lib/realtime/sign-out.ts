/** Tells once somebody signs out on this page: that the session is over is no news to them then. */
export function onSignOut(tell: () => void, signal: AbortSignal): void {
	const listen = ({ target }: Event) =>
		target instanceof HTMLFormElement && /\/sign-out$/.test(target.action) && tell();
	document.addEventListener('submit', listen, { signal });
}
