import type { Keeping } from './keeping.ts';

/** What is written in each conversation and not sent yet. */
export class Drafts {
	#written = $state.raw<Readonly<Record<string, string>>>({});
	#keeping: Keeping;

	constructor(keeping: Keeping) {
		this.#keeping = keeping;
	}

	/** Takes up what was kept from before; what is being written already goes first. */
	restore(): void {
		this.#written = { ...this.#keeping.drafts(), ...this.#written };
	}

	of(conversationId: string): string {
		return this.#written[conversationId] ?? '';
	}

	write(conversationId: string, body: string): void {
		this.#written = { ...this.#written, [conversationId]: body };
		this.#keeping.keepDraft(conversationId, body);
	}

	/** Puts a text back that was not sent, before whatever has been written since. */
	giveBack(conversationId: string, body: string): void {
		const since = this.of(conversationId);
		this.write(conversationId, since && since !== body ? `${body}\n${since}` : body);
	}
}
