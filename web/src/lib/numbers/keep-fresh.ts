/** How often the figures of a page are read again while somebody looks at them, in ms. */
const every = 10_000;

/** Texts go on while a page about numbers is open: reads it anew now and then, and as soon as somebody comes back to it. */
export function keepFresh(read: () => Promise<void>): () => void {
	let under = false;
	const look = () => {
		if (under || document.visibilityState !== 'visible') return;
		under = true;
		// without an answer the next look finds it
		void read()
			.catch(() => undefined)
			.finally(() => (under = false));
	};
	const timer = setInterval(look, every);
	document.addEventListener('visibilitychange', look);
	return () => {
		clearInterval(timer);
		document.removeEventListener('visibilitychange', look);
	};
}
