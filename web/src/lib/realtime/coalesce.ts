/**
 * Makes any number of calls into at most one run in flight and one waiting. A call during a run leads to one more run
 * after it, so what the caller was told about before calling is always seen by a run that began later.
 * The promise settles as that run does.
 */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
	let running: Promise<void> | null = null;
	let waiting: Promise<void> | null = null;

	function begin(): Promise<void> {
		running = run().finally(() => (running = null));
		return running;
	}

	return () => {
		if (!running) return begin();
		waiting ??= running
			// how the run before ended was told to those who asked for it
			.catch(() => undefined)
			.then(() => {
				waiting = null;
				return begin();
			});
		return waiting;
	};
}
