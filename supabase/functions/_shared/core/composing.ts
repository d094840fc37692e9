/** What somebody who writes texts has beside the texts themselves: rows of the views, as JSON carries them. */

/** A text with a time to be sent at: a row of api.scheduled_messages. */
export type ScheduledText = {
	id: string;
	conversation_id: string;
	phone_number_id: string;
	author_id: string | null;
	body: string;
	send_at: string;
	/** In which that was planned. */
	time_zone: string;
	cancel_on_reply: boolean;
	status: 'scheduled' | 'sent' | 'cancelled' | 'refused';
	/** The slug of the refusal. */
	reason: string | null;
	contact_name: string | null;
	contact_number: string | null;
	/** The files that wait with it, in their order. */
	attachment_ids: string[];
};

/** What its author has written in a conversation and not sent: a row of api.drafts. */
export type KeptDraft = {
	conversation_id: string;
	body: string;
	/** The files beside it, in their order. */
	attachment_ids: string[];
	revision: number;
	updated_at: string;
};

/** A text to begin with: a row of api.templates. */
export type Template = { id: string; name: string; body: string; updated_at: string };

/** What one segment or message costs to numbers that begin so: a row of api.prices, in 10⁻⁶ USD. */
export type Price = { prefix: string; kind: 'sms' | 'mms'; direction: 'inbound' | 'outbound'; micros: number };

/** The price for a number: of the longest prefix that fits. Null where no list was read. */
export function priceFor(prices: readonly Price[], number: string, kind: Price['kind']): number | null {
	let best: Price | null = null;
	for (const price of prices) {
		if (price.kind !== kind || price.direction !== 'outbound' || !number.startsWith(price.prefix)) continue;
		if (!best || price.prefix.length > best.prefix.length) best = price;
	}
	return best?.micros ?? null;
}

/** What stands in a template for something: {{contact.name}}, {{my.name}}, {{date}} or a word of one's own. */
const placeholder = /\{\{([^{}]{1,60})\}\}/g;

/** The words in {{ }} that a text still has, each once. Such a text is not sent. */
export function placeholdersOf(text: string): string[] {
	return [...new Set([...text.matchAll(placeholder)].map(([, word = '']) => word.trim()))];
}

/** A template with what is known filled in; what is not known stays for the person. */
export function fillTemplate(body: string, known: Readonly<Record<string, string | null>>): string {
	return body.replace(placeholder, (whole, word: string) => known[word.trim().toLowerCase()] ?? whole);
}
