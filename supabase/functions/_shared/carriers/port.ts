import type { Status } from '../core/delivery.ts';
import type { Capability, NumberPrices, NumberSearch, NumberType, OfferedNumber } from '../core/number-catalogue.ts';

/** A text to hand to a carrier. `callbackUrl` is where its delivery receipts go. */
export type OutboundText = {
	from: string;
	to: string;
	body: string;
	/** Where the carrier fetches the files that go along, in their order. */
	mediaUrls: readonly string[];
	callbackUrl: string;
};

/** A file that came with a text; or why it is not read: its address is none we may ask, or it is too large. */
export type CarrierMedia = { bytes: Uint8Array<ArrayBuffer> } | { refused: 'address' | 'size' };

/** Where the carrier keeps a file that came with a text, and what it says that it is. */
export type MediaSource = { url: string; type: string | null };

/** A text as the carrier has it. */
export type CarrierText = {
	carrierMessageId: string;
	/** The carrier's own word for where the text stands, and ours; null for a word we do not know. */
	carrierStatus: string;
	status: Status | null;
	/** How many SMS the carrier counts; null while it has not counted. */
	segments: number | null;
	/** Why it failed, by the carrier's code; null where it did not. */
	errorCode: string | null;
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
	/** How many files came with it. */
	mediaCount: number;
	/** When it came to the carrier. */
	sentAt: Date;
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

/** A number of ours as the carrier has it. */
export type CarrierNumber = {
	carrierNumberId: string;
	/** E.164. */
	number: string;
	/** The name that the purchase gave it. */
	orderName: string;
	capabilities: readonly Capability[];
};

/** An order for exactly one number. */
export type NumberOrder = {
	number: string;
	/** Of one purchase alone, at most 64 characters: by it the number is found when the answer was lost. */
	orderName: string;
	/** Where its texts go, with the fragment that asks for new attempts. */
	inboundUrl: string;
	statusUrl: string;
	/** The carrier's ids of what it needs to know of us there. */
	addressId: string | null;
	bundleId: string | null;
};

/** How a purchase went. Only `bought` and `refused` are final. */
export type Purchase =
	| { outcome: 'bought'; number: CarrierNumber }
	/** For good, and nothing was bought. `slug` says what a buyer can do about it; null where nobody can. */
	| { outcome: 'refused'; slug: 'number_sold' | 'number_documents_missing' | null; code: string; error: string }
	/** Certainly not bought, and may be tried again, at the earliest after `retryAfterSeconds`. */
	| { outcome: 'not_taken'; error: string; retryAfterSeconds: number | null }
	/** It may have been bought: look with `findNumber` before trying again. */
	| { outcome: 'unknown'; error: string; retryAfterSeconds: number | null };

/** Some numbers that can be bought now, and where the next ones are; null after the last. */
export type NumberPage = { numbers: OfferedNumber[]; next: string | null };

/** Some of the numbers that are ours, and where the next ones are; null after the last. */
export type OwnedPage = { numbers: CarrierNumber[]; next: string | null };

/** What a carrier counted in a day: texts, and what it took for them in 10⁻⁶ USD, null where it says so in another currency. */
export type CarrierUsage = {
	category: 'sms-inbound' | 'sms-outbound' | 'mms-inbound' | 'mms-outbound';
	texts: number;
	priceMicros: number | null;
};

/** Numbers to be had from a carrier. */
export interface NumberMarket {
	/** Where the carrier sells numbers, and of which types. Throws when it cannot tell. */
	numberCountries(): Promise<{ country: string; types: NumberType[] }[]>;
	/**
	 * The documents that a company has to hand in for a number of this type, by the carrier's names; none where an address is
	 * all, or nothing. Throws when it cannot tell.
	 */
	numberDocuments(country: string, type: NumberType): Promise<string[]>;
	/**
	 * Numbers like this, `size` at a time: from the first, or from `page`, a `next` of the same search. None where the
	 * carrier sells no such numbers. Fails with `number_search_invalid`; throws otherwise when it cannot tell.
	 */
	searchNumbers(search: NumberSearch, size: number, page: string | null): Promise<NumberPage>;
	/** Asks for exactly one number, once; it never throws for what the carrier or the network does. */
	buyNumber(order: NumberOrder): Promise<Purchase>;
	/** The number that was bought under this name; null when there is none. Throws when it cannot tell. */
	findNumber(orderName: string): Promise<CarrierNumber | null>;
	/** All numbers that the carrier says are ours, some at a time: from the first, or from `page`. Throws when it cannot tell. */
	ownedNumbers(page: string | null): Promise<OwnedPage>;
	/** Gives a number back; `gone` when it was not ours any more. Throws when it cannot tell: asking again does no harm. */
	releaseNumber(carrierNumberId: string): Promise<'released' | 'gone'>;
	/** What numbers and texts of a country cost us now; null where the carrier sells nothing. Throws when it cannot tell. */
	numberPrices(country: string): Promise<NumberPrices | null>;
}

/** What the product needs of a company that carries texts. An adapter translates and does nothing else. */
export interface Carrier extends NumberMarket {
	/** The name its texts and events are stored under. */
	readonly name: string;
	/** Asks for something small, to see that it answers us. Throws when it does not. */
	reach(signal: AbortSignal): Promise<void>;
	/** Hands over one text, once; it never throws for what the carrier or the network does. */
	send(text: OutboundText): Promise<Handover>;
	/** Texts the carrier has like this one, taken since a moment, newest first; throws when it cannot tell. */
	find(text: Pick<OutboundText, 'from' | 'to' | 'body'>, since: Date): Promise<CarrierText[]>;
	/**
	 * Where one text stands, with what the carrier took for it, in 10⁻⁶ USD, null while it does not say. Null when the carrier
	 * does not know the text. Throws when it cannot tell.
	 */
	fetch(carrierMessageId: string): Promise<(CarrierText & { priceMicros: number | null }) | null>;
	/**
	 * Texts to our numbers that the carrier took since a moment, a page at a time: from the newest, or from `page`, a
	 * `next` of before. Throws when it cannot tell.
	 */
	inboundSince(since: Date, page: string | null): Promise<InboundPage>;
	/** What it counted on a day (UTC, `2026-11-22`), each category once. Throws when it cannot tell. */
	usage(day: string): Promise<CarrierUsage[]>;
	/** The files that came with a text. Throws when it cannot tell. */
	mediaOf(carrierMessageId: string): Promise<MediaSource[]>;
	/** Reads a file that came with a text, at most so many bytes. Throws where asking again can work. */
	readMedia(url: string, mostBytes: number): Promise<CarrierMedia>;
}
