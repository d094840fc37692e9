import type { ToldLine } from './told.ts';

type Page = { lines: readonly ToldLine[]; more: boolean };

/** The lines that a visit shows: the page it began with, and what is read on from there. */
export class Book {
	lines = $state.raw<readonly ToldLine[]>([]);
	/** Whether there are older ones. */
	more = $state(false);
	/** Nothing answered the last time; the lines shown stay. */
	failed = $state(false);
	#read: (before: string) => Promise<Page>;
	#reading = false;

	/** @param read the page after a line, by its id */
	constructor(first: Page, read: (before: string) => Promise<Page>) {
		this.lines = first.lines;
		this.more = first.more;
		this.#read = read;
	}

	/** Reads the next page, one at a time. */
	async readOn(): Promise<void> {
		const last = this.lines.at(-1);
		if (this.#reading || !this.more || !last) return;
		this.#reading = true;
		try {
			const { lines, more } = await this.#read(last.id);
			this.lines = [...this.lines, ...lines];
			this.more = more;
			this.failed = false;
		} catch {
			// no connection, or no session any more: the page says so, and its link leads on without us
			this.failed = true;
		} finally {
			this.#reading = false;
		}
	}
}
