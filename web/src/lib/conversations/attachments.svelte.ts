/* eslint-disable svelte/prefer-svelte-reactivity -- a map of Svelte's own would come with every page */
import type { Attachment } from '#core/media-types.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';

type Reads = {
	/** The files of these texts, in their order. */
	ofMessages: (ids: readonly string[]) => Promise<readonly Attachment[]>;
};

/** What is known of a text's files, and at which revision of the text it was asked. */
type Known = { revision: number; rows: readonly Attachment[] };

/** The files of texts that are on the screen: read when a text shows them, all that ask at once in one read. */
export class Attachments {
	#known = $state.raw<ReadonlyMap<string, Known>>(new Map());
	#wanted = new Map<string, number>();
	#reads: Reads;
	/** A read is about to begin: whoever asks in the same breath is in it. */
	#begun = false;

	constructor(reads: Reads) {
		this.#reads = reads;
	}

	/** A text's files; undefined while nobody knows them. */
	of(messageId: string): readonly Attachment[] | undefined {
		return this.#known.get(messageId)?.rows;
	}

	/** Has the files of a text read, where what is known is older than the text. */
	want(messageId: string, revision: number): void {
		const known = this.#known.get(messageId)?.revision ?? -1;
		if (Math.max(known, this.#wanted.get(messageId) ?? -1) >= revision) return;
		this.#wanted.set(messageId, revision);
		if (this.#begun) return;
		this.#begun = true;
		queueMicrotask(() => {
			this.#begun = false;
			void this.#read();
		});
	}

	/** Asks again, for what could not be read. */
	readonly heal = (): void => void this.#read();

	#read = coalesce(async () => {
		const wanted = [...this.#wanted];
		if (wanted.length === 0) return;
		let rows: readonly Attachment[];
		try {
			rows = await this.#reads.ofMessages(wanted.map(([id]) => id));
		} catch {
			// no connection: the rows stay wanted, and are asked for with the next that is, or when the thread heals
			return;
		}
		const byMessage = Map.groupBy(rows, ({ message_id }) => message_id);
		const known = new Map(this.#known);
		for (const [id, revision] of wanted) {
			if (this.#wanted.get(id) === revision) this.#wanted.delete(id);
			known.set(id, { revision, rows: byMessage.get(id) ?? [] });
		}
		this.#known = known;
	});
}
