import type { Status } from '../core/delivery.ts';

/** A text to hand to a carrier. `callbackUrl` is where its delivery receipts go. */
export type OutboundText = { from: string; to: string; body: string; callbackUrl: string };

/** A text as the carrier has it. */
export type CarrierText = {
	carrierMessageId: string;
	/** The carrier's own word for where the text stands, and ours; null for a word we do not know. */
	carrierStatus: string;
	status: Status | null;
	/** How many SMS the carrier counts; null while it has not counted. */
	segments: number | null;
};

/** An inbound text as the carrier keeps it. */
export type CarrierInbound = {
	carrierMessageId: string;
	from: string;
	to: string;
	body: string;
	/** Null while the carrier has not counted. */
	segments: number | null;
	/** What the carrier did to it, by its code; null for a text that came as it was written. */
	errorCode: string | null;
	/** Everything the carrier says of it. */
	payload: Readonly<Record<string, unknown>>;
};

/** Some inbound texts, newest first, and where the next ones are; null after the last. */
export type InboundPage = { texts: CarrierInbound[]; next: string | null };

/** How handing over a text went. Only `taken` and `refused` are final. */
export type Handover =
	| { outcome: 'taken'; text: CarrierText }
	/** For good: the text, its sender or its recipient is at fault. `code` is the carrier's. */
	| { outcome: 'refused'; code: string; error: string }
	/** Certainly not taken, and may be tried again, at the earliest after `retryAfterSeconds`. */
	| { outcome: 'not_taken'; error: string; retryAfterSeconds: number | null }
	/** It may have been taken: look before trying again. */
	| { outcome: 'unknown'; error: string; retryAfterSeconds: number | null };

/** What the product needs of a company that carries texts. An adapter translates and does nothing else. */
export interface Carrier {
	/** The name its texts and events are stored under. */
	readonly name: string;
	/** Hands over one text, once; it never throws for what the carrier or the network does. */
	send(text: OutboundText): Promise<Handover>;
	/** Texts the carrier has like this one, taken since a moment, newest first; throws when it cannot tell. */
	find(text: Omit<OutboundText, 'callbackUrl'>, since: Date): Promise<CarrierText[]>;
	/** Where one text stands, with the carrier's error code; null when the carrier does not know it. Throws when it cannot tell. */
	fetch(carrierMessageId: string): Promise<(CarrierText & { errorCode: string | null }) | null>;
	/**
	 * Texts to our numbers that the carrier took since a moment, a page at a time: from the newest, or from `page`, a
	 * `next` of before. Throws when it cannot tell.
	 */
	inboundSince(since: Date, page: string | null): Promise<InboundPage>;
}
