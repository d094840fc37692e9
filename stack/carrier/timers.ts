export type Timers = ReturnType<typeof createTimers>;

/** Alarms that can all be switched off at once when the carrier stops. */
export function createTimers() {
	const running = new Set<NodeJS.Timeout>();
	return {
		/** Does `work` at `due` (milliseconds since 1970), at the next turn if that is over. */
		at(due: number, work: () => void): void {
			const timer = setTimeout(
				() => {
					running.delete(timer);
					work();
				},
				Math.max(0, due - Date.now())
			);
			running.add(timer);
		},
		stop(): void {
			for (const timer of running) clearTimeout(timer);
		}
	};
}
