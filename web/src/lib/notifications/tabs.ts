/** How near somebody is to a conversation: looking at it, elsewhere in our pages, or away from all of them. */
export type Nearness = 'looking' | 'here' | 'away';

type Word = { ask: string; about: string } | { answer: string; nearness: Nearness };

/** How long other tabs may take to say that somebody looks at them, in ms. */
const patience = 150;
const nearest = (all: readonly Nearness[]): Nearness =>
	all.includes('looking') ? 'looking' : all.includes('here') ? 'here' : 'away';

/**
 * The open tabs of one person: one of them tells what is new, for all; before it does, it asks the others whether somebody
 * looks at them. Where the browser has no locks every tab tells for itself.
 */
export class Tabs {
	leads = false;
	#channel: BroadcastChannel;
	#mine: (about: string) => Nearness;
	#answers = new Map<string, Nearness[]>();
	#stop = new AbortController();

	/** @param mine how near somebody is in this tab */
	constructor(userId: string, mine: (about: string) => Nearness) {
		this.#mine = mine;
		this.#channel = new BroadcastChannel(`notifications:${userId}`);
		this.#channel.onmessage = ({ data }: MessageEvent<Word>) => this.#hear(data);
		if (!('locks' in navigator)) {
			this.leads = true;
			return;
		}
		const { signal } = this.#stop;
		const lead = () => {
			this.leads = true;
			return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
		};
		// refused only because the page is left
		navigator.locks.request(`notifications:${userId}`, { signal }, lead).catch(() => undefined);
	}

	/** The nearest that anybody is, in any tab. */
	async nearnessTo(about: string): Promise<Nearness> {
		const mine = this.#mine(about);
		if (mine === 'looking') return mine;
		const ask = crypto.randomUUID();
		const answers: Nearness[] = [mine];
		this.#answers.set(ask, answers);
		this.#channel.postMessage({ ask, about } satisfies Word);
		await new Promise((resolve) => setTimeout(resolve, patience));
		this.#answers.delete(ask);
		return nearest(answers);
	}

	close(): void {
		this.#stop.abort();
		this.#channel.close();
	}

	#hear(word: Word): void {
		if ('answer' in word) this.#answers.get(word.answer)?.push(word.nearness);
		else this.#channel.postMessage({ answer: word.ask, nearness: this.#mine(word.about) } satisfies Word);
	}
}
