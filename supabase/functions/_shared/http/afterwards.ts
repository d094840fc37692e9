import { outlive } from './outlive.ts';

/**
 * Work that nobody waits for, in rounds. Each begins after a pause, so that what comes meanwhile is done with it.
 * @param round does a part of what is left; answers in how many ms the next one begins, null: nothing is left, or it is of no use
 * to go on. It is told when the process ends: then nobody pauses any more.
 */
export function afterwards(round: (ending: boolean) => Promise<number | null>, pause: number) {
	let working: Promise<void> | null = null;
	let ending = false;
	let wake = () => {};

	async function work(): Promise<void> {
		try {
			for (let wait: number | null = pause; wait !== null; wait = await round(ending)) {
				if (!ending) await nap(wait);
			}
		} finally {
			// at once: whatever comes from now on begins anew
			working = null;
		}
	}

	function nap(wait: number): Promise<void> {
		return new Promise((done) => {
			const timer = setTimeout(done, wait);
			wake = () => {
				clearTimeout(timer);
				done();
			};
		});
	}

	return {
		/** There is something to do. */
		begin(): void {
			if (working === null) outlive((working = work()));
		},

		/** The pause is over. */
		hurry: () => wake(),

		/** Does what is left, as far as `round` goes on. */
		async end(): Promise<void> {
			ending = true;
			wake();
			await working;
		}
	};
}
