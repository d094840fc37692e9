/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Note } from '#core/notes.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';

type Reads = {
	/** Everything that changed after a revision, oldest change first. */
	after: (revision: number) => Promise<Note[]>;
	/** Those below the texts of a stretch of places, both included. */
	between: (from: number, to: number) => Promise<Note[]>;
};

type Opening = {
	conversationId: string;
	/** The last ones, in order. */
	notes: readonly Note[];
	/** Whether there are others above. */
	more: boolean;
	reads: Reads;
};

/** One conversation's internal notes while it is open, by the place of the text they stand below. */
export class Notes {
	#byId = $state.raw<ReadonlyMap<string, Note>>(new Map());
	/** What is shown below the text of each place, in order. */
	readonly bySeq = $derived(placed(this.#byId.values()));
	#reads: Reads;
	#conversationId: string;
	#revision: number;
	/** From this place on everything is known. Above it, these stretches are. */
	#from: number;
	#read: { from: number; to: number }[] = [];

	constructor({ conversationId, notes, more, reads }: Opening) {
		this.#conversationId = conversationId;
		this.#reads = reads;
		this.#revision = latestRevision(notes);
		// others may stand in the place of the first one
		this.#from = more ? (notes.at(0)?.after_seq ?? 0) + 1 : 0;
		this.learn(notes);
	}

	/** What keeps it fresh: `live.follow(notes.source)`. */
	get source(): Source {
		return {
			topics: [`conversation:${this.#conversationId}`],
			hint: async ({ event, payload }) => {
				if (event === 'note' && this.isNews(payload.revision)) await this.heal();
			},
			heal: this.heal
		};
	}

	heal: () => Promise<void> = coalesce(async () => {
		const changed = await this.#reads.after(this.#revision);
		this.#revision = Math.max(this.#revision, latestRevision(changed));
		this.learn(changed);
	});

	/** Whether a hint tells of something that is not here yet. */
	isNews(revision: unknown): boolean {
		return typeof revision !== 'number' || revision > this.#revision;
	}

	/** Adds or replaces notes, whatever way they came; the latest state of each stays. */
	learn(notes: readonly Note[]): void {
		const known = new Map(this.#byId);
		let changed = false;
		for (const note of notes) {
			if ((known.get(note.id)?.revision ?? -1) >= note.revision) continue;
			known.set(note.id, note);
			changed = true;
		}
		if (changed) this.#byId = known;
	}

	/** Reads what stands below the texts of a stretch, unless that is known. Call it with every page of texts. */
	async cover(from: number, to: number): Promise<void> {
		const last = Math.min(to, this.#from - 1);
		if (from > last || this.#read.some((stretch) => stretch.from <= from && stretch.to >= last)) return;
		this.learn(await this.#reads.between(from, last));
		this.#read.push({ from, to: last });
		if (last === this.#from - 1) this.#from = from;
	}
}

function placed(notes: Iterable<Note>): ReadonlyMap<number, readonly Note[]> {
	const places = new Map<number, Note[]>();
	const inOrder = [...notes].sort(
		(a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || (a.id < b.id ? -1 : 1)
	);
	for (const note of inOrder) {
		if (note.deleted_at !== null) continue;
		const here = places.get(note.after_seq);
		if (here) here.push(note);
		else places.set(note.after_seq, [note]);
	}
	return places;
}

function latestRevision(notes: readonly Note[]): number {
	return notes.reduce((latest, { revision }) => Math.max(latest, revision), 0);
}
