/** How long a person must rest before the name is asked about, in ms. */
const rest = 300;

/** What the names are that a field takes: usernames, addresses of organizations. */
export type NameRule = {
	/** How what was typed would be stored, and how that has to look. */
	normalize: (typed: string) => string;
	pattern: RegExp;
	/** Whether one is free. */
	ask: (name: string, signal: AbortSignal) => Promise<boolean>;
	/** What is said of one that is not, and how one is written. */
	taken: string;
	shown?: (name: string) => string;
	/** The name that another field suggests. */
	suggest?: (from: string) => string;
};

/**
 * Says, while a name is being typed, whether it is free: `undefined` while nobody knows. Only the answer to the name
 * that stands in the field counts, whatever arrives when.
 */
export class NameCheck {
	readonly rule: NameRule;
	#answer = $state.raw<{ name: string; free: boolean }>();

	typed = $state('');
	readonly name = $derived.by(() => this.rule.normalize(this.typed));
	readonly free = $derived(this.#answer?.name === this.name ? this.#answer.free : undefined);

	constructor(rule: NameRule) {
		this.rule = rule;
	}

	/** Asks about the name once the typing rests; gives back how to stop. To be run in an effect. */
	watch(): (() => void) | undefined {
		const name = this.name;
		if (!this.rule.pattern.test(name)) return undefined;
		const gone = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const free = await this.rule.ask(name, gone.signal);
				if (!gone.signal.aborted) this.#answer = { name, free };
			} catch {
				// nobody knows then; the form's own check decides
			}
		}, rest);
		return () => {
			clearTimeout(timer);
			gone.abort();
		};
	}
}

/** What our server answers to the question at this address. Throws where it gives no answer. */
export async function askServer(url: string, signal: AbortSignal): Promise<boolean> {
	const response = await fetch(url, { signal });
	if (!response.ok) throw new Error(`The check answered ${response.status}`);
	const { free }: { free: boolean } = await response.json();
	return free;
}
