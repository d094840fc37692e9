/** Keys remembered at once: a crowd of them must not fill our memory. */
const mostKeys = 10_000;

/**
 * Counts what each key does and says when it is too much: `many` in so many milliseconds, in this process. Answers the
 * seconds to wait, 0 to go on. For what is cheap and harmless; what must hold is counted in the database.
 */
export function createLimit(many: number, milliseconds: number, now: () => number = Date.now) {
	const windows = new Map<string, { began: number; count: number }>();

	return (key: string): number => {
		const at = now();
		const known = windows.get(key);
		if (!known || at - known.began >= milliseconds) {
			// the oldest goes first: a map keeps the order in which keys were set
			windows.delete(key);
			const [oldest] = windows.keys();
			if (oldest !== undefined && windows.size >= mostKeys) windows.delete(oldest);
			windows.set(key, { began: at, count: 1 });
			return 0;
		}
		known.count += 1;
		return known.count <= many ? 0 : Math.ceil((known.began + milliseconds - at) / 1000);
	};
}
