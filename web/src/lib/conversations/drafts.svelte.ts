/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { KeptDraft } from '#core/composing.ts';
import type { Keeping } from './keeping.ts';

/**
 * Keeps a draft on the server; answers how often it was saved, null when it did not get there. `files`: their ids; null
 * leaves those that are kept as they are.
 */
export type SaveDraft = (
	conversationId: string,
	body: string,
	basedOn: number | null,
	files: readonly string[] | null
) => Promise<number | null>;

const none: readonly string[] = [];

/** How long somebody does not type before their words are saved, in ms. */
const rest = 1200;

/**
 * What is written in each conversation and not sent yet: here at once, in this browser's storage for a page without a
 * connection, and on the server for whatever device the person goes on with. The newest wins.
 */
export class Drafts {
	#written = $state.raw<Readonly<Record<string, string>>>({});
	/** What came from elsewhere to lie beside a text: the page that shows it takes it up. */
	#given = $state.raw<Readonly<Record<string, readonly string[]>>>({});
	/** The files beside each text, by id, as far as this page knows. */
	#files = new Map<string, readonly string[]>();
	#keeping: Keeping;
	#save: SaveDraft;
	/** How often the server has saved each, as far as this page knows. */
	#revisions = new Map<string, number>();
	#timers = new Map<string, ReturnType<typeof setTimeout>>();
	/** What the server has not confirmed. */
	#unsaved = new Set<string>();

	constructor(keeping: Keeping, save: SaveDraft = () => Promise.resolve(null)) {
		this.#keeping = keeping;
		this.#save = save;
	}

	/** Takes up what was kept from before; what is being written already goes first. */
	restore(): void {
		this.#written = { ...this.#keeping.drafts(), ...this.#written };
	}

	of(conversationId: string): string {
		return this.#written[conversationId] ?? '';
	}

	/** Files that lie beside a text and were put there elsewhere: another device, a text that was taken back. */
	given(conversationId: string): readonly string[] {
		return this.#given[conversationId] ?? none;
	}

	/** The files beside a text. */
	filesOf(conversationId: string): readonly string[] {
		return this.#files.get(conversationId) ?? none;
	}

	/** Remembers what lies beside a text now. */
	keepFiles(conversationId: string, ids: readonly string[]): void {
		if (same(ids, this.filesOf(conversationId))) return;
		this.#files.set(conversationId, ids);
		// at once: unlike words they are nowhere in this browser
		this.#touch(conversationId, 0);
	}

	write(conversationId: string, body: string): void {
		if (body === this.of(conversationId)) return;
		this.#put(conversationId, body);
		this.#touch(conversationId);
	}

	/** Neither words nor files are left. */
	empty(conversationId: string): void {
		this.write(conversationId, '');
		this.#give(conversationId, none);
		this.#touch(conversationId);
	}

	#touch(conversationId: string, pause = rest): void {
		this.#keeping.stampDraft(conversationId, Date.now());
		// what is for no conversation yet has no place on the server
		if (conversationId.length < 36) return;
		this.#unsaved.add(conversationId);
		clearTimeout(this.#timers.get(conversationId));
		this.#timers.set(
			conversationId,
			setTimeout(() => void this.#say(conversationId), pause)
		);
	}

	/** Puts a text back that was not sent, and its files, before whatever has been written since. */
	giveBack(conversationId: string, body: string, files: readonly string[] = none): void {
		const since = this.of(conversationId);
		this.write(conversationId, since && since !== body ? `${body}\n${since}` : body);
		if (files.length === 0) return;
		this.#give(conversationId, [...new Set([...files, ...this.filesOf(conversationId)])]);
		this.#touch(conversationId);
	}

	/** Learns what the server keeps. What was written here later stays, and is said there. */
	learn(kept: readonly KeptDraft[]): void {
		for (const { conversation_id: id, body, attachment_ids: files, revision, updated_at: at } of kept) {
			this.#revisions.set(id, revision);
			const later = this.#unsaved.has(id) || this.#keeping.draftStamp(id) > Date.parse(at);
			if (!later) this.#put(id, body);
			else if (this.of(id) !== body) this.#unsaved.add(id);
			// of files a browser keeps nothing: what this page does not know, the server knows better
			if (!later || !this.#files.has(id)) this.#give(id, files);
		}
		this.flush();
	}

	/** A draft is gone from the server: it was sent or emptied on another page. */
	forget(conversationId: string): void {
		this.#revisions.delete(conversationId);
		if (this.#unsaved.has(conversationId)) return;
		this.#put(conversationId, '');
		this.#give(conversationId, none);
	}

	/** Says what the server has not heard, now. Call it when the connection is back. */
	flush(): void {
		for (const id of this.#unsaved) void this.#say(id);
	}

	async #say(id: string): Promise<void> {
		clearTimeout(this.#timers.get(id));
		const body = this.of(id);
		const files = this.#files.get(id) ?? null;
		const revision = await this.#save(id, body, this.#revisions.get(id) ?? null, files);
		if (revision === null) return;
		this.#revisions.set(id, revision);
		if (this.of(id) === body && this.#files.get(id) === (files ?? undefined)) this.#unsaved.delete(id);
	}

	#give(conversationId: string, files: readonly string[]): void {
		if (same(files, this.filesOf(conversationId)) && same(files, this.given(conversationId))) return;
		this.#files.set(conversationId, files);
		this.#given = { ...this.#given, [conversationId]: [...files] };
	}

	#put(conversationId: string, body: string): void {
		this.#written = { ...this.#written, [conversationId]: body };
		this.#keeping.keepDraft(conversationId, body);
	}
}

function same(some: readonly string[], others: readonly string[]): boolean {
	return some.length === others.length && some.every((id, at) => id === others[at]);
}
