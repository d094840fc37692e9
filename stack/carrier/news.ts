import { displayPhone } from '#core/phone-display.ts';
import type { Text } from './store.ts';

/** What the page is told at once: a text that appeared or changed on a handset, or a changed set of owned numbers. */
export type News = { event: 'text'; handset: string; text: HandsetText } | { event: 'numbers' };

/** A number and its two parts for display. */
export type ShownNumber = { number: string; prefix: string; rest: string };

export function shown(number: string): ShownNumber {
	return { number, ...displayPhone(number) };
}

/** A text as its handset shows it. `status` of what it sent: sending, delivered, failed (with Twilio's error code). */
export type HandsetText = {
	sid: string;
	direction: 'received' | 'sent';
	from: string;
	to: string;
	/** The other side, as a page shows it. */
	peer: ShownNumber;
	body: string;
	media: number;
	/** The sids of its files: `/handsets/{number}/media/{sid}`. */
	files: string[];
	at: string;
	status: string;
	error_code: number | null;
};

/** The text as `handset` sees it. 11200 is Twilio's code for a webhook that nobody acknowledged. */
export function seenFrom(handset: string, text: Text): HandsetText {
	const sent = text.sender === handset;
	const files = JSON.parse(text.media) as string[];
	return {
		sid: text.sid,
		direction: sent ? 'sent' : 'received',
		from: text.sender,
		to: text.recipient,
		peer: shown(sent ? text.recipient : text.sender),
		body: text.body,
		media: files.length,
		files,
		at: new Date(text.shown_at ?? text.created_at).toISOString(),
		status: sent ? (text.handset_status ?? 'sending') : 'received',
		error_code: sent && text.handset_status === 'failed' ? 11200 : null
	};
}

export type Newsroom = ReturnType<typeof createNewsroom>;

/** Hands news to whoever listens right now. */
export function createNewsroom() {
	const listeners = new Set<(news: News) => void>();
	return {
		publish(news: News): void {
			for (const listener of listeners) listener(news);
		},
		/** Answers how to stop listening. */
		subscribe(listener: (news: News) => void): () => void {
			listeners.add(listener);
			return () => listeners.delete(listener);
		}
	};
}
