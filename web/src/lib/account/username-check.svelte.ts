import { normalizeUsername, usernamePattern } from '#core/account.ts';

/** How long a person must rest before the name is asked about, in ms. */
const rest = 300;

type Ask = (username: string, signal: AbortSignal) => Promise<boolean>;

/** How what was typed would be stored, and how that has to look. */
type Rule = { normalize: (typed: string) => string; pattern: RegExp };

/**
 * Says, while a name is being typed, whether it is free: `undefined` while nobody knows. Only the answer to the name
 * that stands in the field counts, whatever arrives when.
 */
export class UsernameCheck {
	#ask: Ask;
	#rule: Rule;
	#typed = $state('');
	#answer = $state.raw<{ username: string; free: boolean }>();

	readonly username = $derived.by(() => this.#rule.normalize(this.#typed));
	readonly free = $derived(this.#answer?.username === this.username ? this.#answer.free : undefined);

	/** `rule` is another one for names that are no usernames. */
	constructor(ask: Ask, rule: Rule = { normalize: normalizeUsername, pattern: usernamePattern }) {
		this.#ask = ask;
		this.#rule = rule;
	}

	get typed(): string {
		return this.#typed;
	}

	set typed(value: string) {
		this.#typed = value;
	}

	/** Asks about the name once the typing rests; gives back how to stop. To be run in an effect. */
	watch(): (() => void) | undefined {
		const username = this.username;
		if (!this.#rule.pattern.test(username)) return undefined;
		const gone = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const free = await this.#ask(username, gone.signal);
				if (!gone.signal.aborted) this.#answer = { username, free };
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
