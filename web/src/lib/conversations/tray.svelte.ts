import { failures, isSlug } from '#core/failures.ts';
import { canCarryMedia, isCarried, mediaLimits, type Attachment } from '#core/media-types.ts';
import { Unreachable } from '#lib/realtime/session-token.ts';
import { shrink } from './shrink.ts';

/** A file that is to go with a text. */
export type Item = {
	readonly key: string;
	name: string;
	/** In bytes. */
	size: number;
	/** `waiting`: nobody answers, and it is tried again. */
	state: 'preparing' | 'uploading' | 'checking' | 'waiting' | 'ready' | 'failed';
	/** How much has left the device, from 0 to 1. */
	progress: number;
	id: string | null;
	/** By its bytes, once somebody looked. */
	type: string | null;
	/** Whether files can travel in this conversation. */
	media: boolean;
	/** What is wrong with it. */
	says: string | null;
};

type Parts = {
	conversationId: string;
	/** Whether a carrier takes it: then pictures are made smaller first. */
	carried: boolean;
	/** Between which numbers files would travel. */
	numbers?: readonly [string | null, string | null];
	/** The scheduled text that they wait with. */
	scheduledId?: string | null;
	/** Told what lies here whenever that changes: the ids of what has arrived or is on its way. */
	onkept?: (ids: readonly string[]) => void;
	fetch: typeof fetch;
	/** Puts the bytes there. */
	put: (path: string, file: Blob, onprogress: (part: number) => void, signal: AbortSignal) => Promise<void>;
	/** What has become of a file of one's own. */
	look: (id: string) => Promise<Attachment | undefined>;
	pause?: (milliseconds: number) => Promise<unknown>;
};

/** How long a check may take before a person is told, in ms, and how often it is looked at. */
const longestCheck = 90_000;
const firstLook = 150;
const slowestLook = 2_000;

class Refused extends Error {}

/** The files beside a text that is being written: put up at once, looked at, and sent by their ids. */
export class Tray {
	items = $state<Item[]>([]);
	/** What goes with the text now, in order. */
	readonly ids = $derived(
		this.items.filter((item) => item.state === 'ready' && !this.wantsLink(item)).map(({ id }) => id ?? '')
	);
	/** Something is on its way, or cannot go and nobody decided: the text waits. */
	readonly busy = $derived(this.items.some((item) => item.state !== 'ready' || this.wantsLink(item)));
	#parts: Parts;
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that no page shows
	#aborts = new Map<string, AbortController>();

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	/** Takes files in; what is refused at once says so beside its name. */
	add(files: Iterable<File>): void {
		for (const file of files) {
			const key = crypto.randomUUID();
			const { name, size } = file;
			const item: Item = {
				key,
				name,
				size,
				state: 'preparing',
				progress: 0,
				id: null,
				type: null,
				media: true,
				says: null
			};
			this.items.push(item);
			const kept = this.items.at(-1);
			if (!kept) continue;
			if (this.items.length > mediaLimits.perMessage) this.#fail(kept, failures.attachments_too_many.says);
			else if (size === 0) this.#fail(kept, failures.attachment_empty.says);
			else void this.#bring(kept, file);
		}
	}

	/** Takes a file out, wherever it is on its way. */
	remove(key: string): void {
		const item = this.items.find((each) => each.key === key);
		this.#drop(key);
		if (item?.id) void this.#forget(item.id);
	}

	/** The text has them: nothing is left here. */
	sent(): void {
		this.items = [];
		this.#tell();
	}

	/** Has these files here and no others, besides those that nobody but this page knows of. */
	match(ids: readonly string[]): void {
		for (const { key, id } of [...this.items]) if (id !== null && !ids.includes(id)) this.#drop(key, false);
		for (const id of ids) {
			if (this.items.some((item) => item.id === id)) continue;
			const { carried, numbers } = this.#parts;
			this.items.push({
				key: id,
				name: '',
				size: 0,
				state: 'preparing',
				progress: 0,
				id,
				type: null,
				media: !carried || !numbers || canCarryMedia(...numbers),
				says: null
			});
			const kept = this.items.at(-1);
			if (kept) void this.#recall(kept, id);
		}
	}

	/** Whether a carrier would not pass the file on, so that only a link can go. */
	wantsLink(item: Item): boolean {
		if (!this.#parts.carried || item.state !== 'ready') return false;
		if (!item.media || !isCarried(item.type ?? '')) return true;
		const before = this.items.slice(0, this.items.indexOf(item) + 1).filter((each) => each.state === 'ready');
		return before.reduce((sum, each) => sum + each.size, 0) > mediaLimits.mms;
	}

	/** An address that gives the file to whoever has it, for seven days; the file leaves the tray. Null where that failed. */
	async link(item: Item): Promise<string | null> {
		try {
			const { url } = await this.#ask<{ url: string }>(`/${item.id ?? ''}/link`, {});
			this.#drop(item.key);
			return url;
		} catch (error) {
			item.says = error instanceof Refused ? error.message : failures.unavailable.says;
			return null;
		}
	}

	async #bring(item: Item, given: File): Promise<void> {
		const abort = new AbortController();
		this.#aborts.set(item.key, abort);
		const { signal } = abort;
		try {
			const file = this.#parts.carried ? await shrink(given) : given;
			item.size = file.size;
			if (file.size > mediaLimits.file) throw new Refused(failures.attachment_too_large.says);
			const { conversationId: conversation_id, put } = this.#parts;
			const announced = { conversation_id, name: file.name, size: file.size, type: file.type };
			type Begun = { id: string; path: string; name: string; media: boolean };
			const begun = await this.#insist(item, signal, () => this.#ask<Begun>('', announced));
			if (signal.aborted) return void this.#forget(begun.id);
			Object.assign(item, { id: begun.id, name: begun.name, media: begun.media });
			this.#tell();
			item.state = 'uploading';
			const leave = (progress: number) => Object.assign(item, { state: 'uploading', progress });
			await this.#insist(item, signal, () => put(begun.path, file, leave, signal));
			item.state = 'checking';
			await this.#insist(item, signal, () => this.#ask(`/${begun.id}`, {}));
			item.state = 'checking';
			await this.#whenChecked(item, begun.id, signal);
		} catch (error) {
			if (!signal.aborted)
				this.#fail(
					item,
					error instanceof Refused ? error.message : 'It did not arrive. Remove it and choose it again.'
				);
		} finally {
			this.#aborts.delete(item.key);
		}
	}

	/** Does a step until somebody answers: without a connection a file waits, as a text does. Each is safe to do twice. */
	async #insist<Answer>(item: Item, signal: AbortSignal, step: () => Promise<Answer>): Promise<Answer> {
		for (let wait = firstLook; ; wait = Math.min(wait * 1.5, slowestLook)) {
			try {
				return await step();
			} catch (error) {
				if (signal.aborted || !wasUnanswered(error)) throw error;
				item.state = 'waiting';
			}
			await this.#pause(wait);
			signal.throwIfAborted();
		}
	}

	/** A file from before: what it is called, and what has become of it. */
	async #recall(item: Item, id: string): Promise<void> {
		const abort = new AbortController();
		this.#aborts.set(item.key, abort);
		const { signal } = abort;
		try {
			const row = await this.#find(id, signal);
			if (signal.aborted) return;
			const { scheduledId = null } = this.#parts;
			// it went with a text meanwhile, or lay here too long
			if (!row || row.message_id !== null || (row.scheduled_id !== null && row.scheduled_id !== scheduledId))
				return this.#drop(item.key);
			Object.assign(item, { name: row.name, size: row.size ?? 0 });
			if (row.uploaded_at === null) throw new Refused('It was cut off on its way here. Remove it and choose it again.');
			item.state = 'checking';
			await this.#whenChecked(item, id, signal);
		} catch (error) {
			if (!signal.aborted) this.#fail(item, error instanceof Refused ? error.message : failures.unavailable.says);
		} finally {
			this.#aborts.delete(item.key);
		}
	}

	/** Asks for a file's row until there is an answer. */
	async #find(id: string, signal: AbortSignal): Promise<Attachment | undefined> {
		for (let wait = firstLook; !signal.aborted; wait = Math.min(wait * 1.5, 10_000)) {
			try {
				return await this.#parts.look(id);
			} catch {
				// no connection: it is still where it was
				await this.#pause(wait);
			}
		}
		return undefined;
	}

	#pause(milliseconds: number): Promise<unknown> {
		return this.#parts.pause?.(milliseconds) ?? new Promise((done) => setTimeout(done, milliseconds));
	}

	async #whenChecked(item: Item, id: string, signal: AbortSignal): Promise<void> {
		for (
			let waited = 0, wait = firstLook;
			waited < longestCheck;
			waited += wait, wait = Math.min(wait * 1.5, slowestLook)
		) {
			await this.#pause(wait);
			if (signal.aborted) return;
			// no answer is no news: the next look may have one
			const row = await this.#parts.look(id).catch(() => undefined);
			if (row?.status === 'ready') {
				Object.assign(item, { state: 'ready', type: row.type, size: row.size ?? item.size });
				return;
			}
			if (row?.status === 'refused') throw new Refused(saysOf(row.reason));
		}
		throw new Refused(failures.attachment_unchecked.says);
	}

	async #ask<Answer>(path: string, body: object): Promise<Answer> {
		const response = await this.#parts.fetch(`/files/attachments${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: 'application/json' },
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(20_000)
		});
		// an answer that is no JSON is a proxy's
		const answer = (await response.json().catch(() => null)) as { says?: unknown } | null;
		if (response.ok && answer) return answer as Answer;
		throw typeof answer?.says === 'string' ? new Refused(answer.says) : new Error(`answered with ${response.status}`);
	}

	async #forget(id: string): Promise<void> {
		// what nobody could take back is gone after a day anyway
		await this.#parts.fetch(`/files/attachments/${id}`, { method: 'DELETE' }).catch(() => undefined);
	}

	#fail(item: Item, says: string): void {
		Object.assign(item, { state: 'failed', says });
		this.#tell();
	}

	#drop(key: string, told = true): void {
		this.#aborts.get(key)?.abort(new Refused());
		this.items = this.items.filter((each) => each.key !== key);
		if (told) this.#tell();
	}

	#tell(): void {
		this.#parts.onkept?.(
			this.items.filter(({ id, state }) => id !== null && state !== 'failed').map(({ id }) => id ?? '')
		);
	}
}

/** `fetch` without a network, an upload without an answer, one that took too long. */
function wasUnanswered(error: unknown): boolean {
	return (
		error instanceof TypeError ||
		error instanceof Unreachable ||
		(error instanceof DOMException && error.name === 'TimeoutError')
	);
}

function saysOf(reason: string | null): string {
	return reason && isSlug(reason) ? failures[reason].says : failures.internal.says;
}
