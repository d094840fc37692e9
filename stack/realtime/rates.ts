import type { Limits } from './limits.ts';

const longest = 60;

/** How much happens per second: the mean over the last minute (less at its beginning), taken anew each second, as hosted. */
export class Rate {
	readonly limit: number;
	mean = 0;
	#count = 0;
	#seconds: number[] = [];

	constructor(limit: number) {
		this.limit = limit;
	}

	add(count = 1): void {
		// hosted starts to count when something happens, with one empty second
		if (this.#seconds.length === 0) this.#seconds.push(0);
		this.#count += count;
	}

	/** Whether the limit is reached, and stays so until the mean is below it. */
	get reached(): boolean {
		return this.mean >= this.limit;
	}

	/** A second is over. */
	tick(): void {
		if (this.#seconds.length === 0) return;
		this.#seconds.push(this.#count);
		this.#count = 0;
		if (this.#seconds.length > longest) this.#seconds.shift();
		this.mean = this.#seconds.reduce((sum, count) => sum + count, 0) / this.#seconds.length;
	}
}

export type Rates = Record<'messages' | 'joins' | 'presence', Rate>;

/** The rates of a server, and a function that stops their clock. */
export function startRates(limits: Limits): { rates: Rates; stop: () => void } {
	const rates = {
		messages: new Rate(limits.messagesPerSecond),
		joins: new Rate(limits.joinsPerSecond),
		presence: new Rate(limits.presencePerSecond)
	};
	const clock = setInterval(() => Object.values(rates).forEach((rate) => rate.tick()), 1000);
	return { rates, stop: () => clearInterval(clock) };
}
