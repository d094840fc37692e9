import { browser } from '$app/env';
import type { Pending } from './entries.ts';

/**
 * What this browser keeps for a person so that neither a reload nor the end of a session loses a word: the unsent text
 * of each conversation, and texts that were sent off without an answer yet. Where storage is closed to us (private
 * windows, blocked cookies) the page simply forgets at its end.
 */
export class Keeping {
	#storage: Storage | null;
	#prefix: string;

	constructor(storage: Storage | null, userId: string) {
		this.#storage = storage;
		this.#prefix = `inbox:${userId}`;
	}

	/** By conversation. */
	drafts(): Record<string, string> {
		return Object.fromEntries(
			this.#names('draft:').map((name) => [name.slice('draft:'.length), this.#read(name) ?? ''])
		);
	}

	keepDraft(conversationId: string, body: string): void {
		this.#write(`draft:${conversationId}`, body || null);
	}

	/** When a draft was last written here, in ms since 1970; 0 for one that never was. */
	draftStamp(conversationId: string): number {
		return Number(this.#read(`draft-at:${conversationId}`) ?? 0);
	}

	stampDraft(conversationId: string, at: number): void {
		this.#write(`draft-at:${conversationId}`, String(at));
	}

	/** Texts without an answer, oldest first. Tabs share them: whoever sends one again does so under the same key. */
	pending(): Pending[] {
		const found: Pending[] = [];
		for (const name of this.#names('pending:')) {
			try {
				found.push(JSON.parse(this.#read(name) ?? '') as Pending);
			} catch {
				// cut short when the storage was full: nothing that could be sent
				this.#write(name, null);
			}
		}
		return found.sort((a, b) => Date.parse(a.writtenAt) - Date.parse(b.writtenAt));
	}

	keepPending(text: Pending): void {
		this.#write(`pending:${text.key}`, JSON.stringify(text));
	}

	dropPending(key: string): void {
		this.#write(`pending:${key}`, null);
	}

	#names(start: string): string[] {
		const whole = `${this.#prefix}:`;
		try {
			return Object.keys(this.#storage ?? {})
				.filter((name) => name.startsWith(whole + start))
				.map((name) => name.slice(whole.length));
		} catch {
			// SecurityError: storage is closed to us
			return [];
		}
	}

	#read(name: string): string | null {
		try {
			return this.#storage?.getItem(`${this.#prefix}:${name}`) ?? null;
		} catch {
			// SecurityError: storage is closed to us
			return null;
		}
	}

	#write(name: string, value: string | null): void {
		try {
			if (value === null) this.#storage?.removeItem(`${this.#prefix}:${name}`);
			else this.#storage?.setItem(`${this.#prefix}:${name}`, value);
		} catch {
			// full or closed: the page still holds the text
		}
	}
}

/** The browser's storage, or nothing where it is closed. A server has none, whatever its engine offers. */
export function openStorage(): Storage | null {
	try {
		return browser ? localStorage : null;
	} catch {
		// SecurityError
		return null;
	}
}
