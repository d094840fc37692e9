/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Message } from '#core/conversations.ts';
import { everyday } from '#core/everyday-failures.ts';
import type { Slug } from '#core/failures.ts';
import type { Pending } from './entries.ts';
import type { Keeping } from './keeping.ts';
import type { Outcome, Send } from './sending.ts';

type Settings = {
	send: Send;
	keeping: Keeping;
	/** A text became a message. */
	onaccepted: (message: Message) => void;
	/** A colleague answered first; the text was not sent and has left the outbox. */
	oncollision: (text: Pending, answers: Message[]) => void;
	/** The session is over. The texts are kept and go out after the next sign-in. */
	onended: (expired: boolean) => void;
};

/** A text as the composer hands it over. */
type Written = Pick<Pending, 'conversationId' | 'body' | 'seenSeq' | 'attachmentIds'>;

/** After which pauses an attempt without an answer is repeated, in ms; the last one from then on. */
const pauses = [1000, 2000, 4000, 8000, 15_000];

/** How many answers that the server is in trouble are waited out before a person is told. */
const patience = 4;

/** What another try with the same words cannot change. */
const hopeless = new Set([
	'opted_out',
	'not_allowed',
	'not_found',
	'message_too_long',
	'message_empty',
	'suspended',
	'placeholder_unfilled',
	'contact_blocked'
]);

/**
 * Texts that were written here and have no answer yet. Each is sent until the server has answered, always under the key
 * it was given when it was written, one after the other in every conversation.
 */
export class Outbox {
	texts = $state.raw<readonly Pending[]>([]);
	#settings: Settings;
	#tries = new Map<string, number>();
	#busy = new Set<string>();
	#timer: ReturnType<typeof setTimeout> | undefined;
	#closed = false;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** Takes up what an earlier page could not finish. Returns how to stop. */
	start(): () => void {
		this.texts = this.#settings.keeping
			.pending()
			.map((text) => (text.state === 'sending' ? { ...text, state: 'waiting' } : text));
		this.flush();
		const online = () => this.flush();
		window.addEventListener('online', online);
		return () => {
			this.#closed = true;
			clearTimeout(this.#timer);
			window.removeEventListener('online', online);
		};
	}

	/** The texts of one conversation, in the order they were written. */
	of(conversationId: string): Pending[] {
		return this.texts.filter((text) => text.conversationId === conversationId);
	}

	/** Sends a text. */
	add({ conversationId, body, seenSeq, attachmentIds }: Written): void {
		const text: Pending = {
			key: crypto.randomUUID(),
			conversationId,
			body,
			seenSeq,
			...(attachmentIds?.length && { attachmentIds }),
			writtenAt: new Date().toISOString(),
			state: 'sending'
		};
		this.texts = [...this.texts, text];
		this.#settings.keeping.keepPending(text);
		this.flush();
	}

	/** Tries a failed text once more. It was refused, so nothing was stored under its key. */
	retry(key: string, seenSeq: number): void {
		this.#change(key, { state: 'sending', failure: undefined, seenSeq });
		this.#tries.delete(key);
		this.flush();
	}

	/** Gives a text up and answers its words. */
	remove(key: string): string | undefined {
		const text = this.texts.find((text) => text.key === key);
		this.texts = this.texts.filter((other) => other !== text);
		this.#settings.keeping.dropPending(key);
		this.#tries.delete(key);
		return text?.body;
	}

	/** Drops what has turned up among the messages: it was sent, only the answer was lost. */
	settle(keys: ReadonlySet<string | null>): void {
		for (const { key } of this.texts) if (keys.has(key)) this.remove(key);
	}

	/** Sends what waits, now. Call it when the connection is back. */
	flush(): void {
		clearTimeout(this.#timer);
		const first = new Map<string, Pending>();
		for (const text of this.texts) {
			if (text.state !== 'failed' && !first.has(text.conversationId)) first.set(text.conversationId, text);
		}
		for (const text of first.values()) void this.#attempt(text);
	}

	async #attempt(text: Pending): Promise<void> {
		if (this.#closed || this.#busy.has(text.conversationId)) return;
		this.#busy.add(text.conversationId);
		const outcome = await this.#settings.send(text);
		this.#busy.delete(text.conversationId);
		if (this.#closed) return;
		this.#conclude(text, outcome);
	}

	#conclude(text: Pending, outcome: Outcome): void {
		if (outcome.kind === 'unreachable') {
			const tries = this.#tries.get(text.key) ?? 0;
			this.#tries.set(text.key, tries + 1);
			if (outcome.troubled && tries >= patience) {
				this.#fail(text, 'internal', everyday.internal.says);
				return this.flush();
			}
			this.#change(text.key, { state: 'waiting' });
			const pause = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.flush(), pause);
			return;
		}
		if (outcome.kind === 'ended') {
			this.#change(text.key, { state: 'waiting' });
			this.#settings.onended(outcome.expired);
			return;
		}
		if (outcome.kind === 'accepted') {
			this.#settings.onaccepted(outcome.message);
			this.remove(text.key);
			// whoever wrote the next one here knows of this one
			const { seq } = outcome.message;
			for (const { key, seenSeq } of this.of(text.conversationId))
				if (seenSeq === seq - 1) this.#change(key, { seenSeq: seq });
		} else if (outcome.slug === 'collision') {
			this.remove(text.key);
			this.#settings.oncollision(text, outcome.answers);
		} else {
			this.#fail(text, outcome.slug, outcome.says);
		}
		this.flush();
	}

	#fail({ key }: Pending, slug: Slug, says: string): void {
		this.#change(key, { state: 'failed', failure: { slug, says, retry: !hopeless.has(slug) } });
	}

	#change(key: string, change: Partial<Pending>): void {
		this.texts = this.texts.map((text) => (text.key === key ? { ...text, ...change } : text));
		const text = this.texts.find((text) => text.key === key);
		if (text) this.#settings.keeping.keepPending(text);
	}
}
