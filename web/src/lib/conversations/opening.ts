import type { Capability } from '#core/capabilities.ts';
import type { Conversation, InboxCounts, Label, Member, Message, OwnedNumber } from '#core/conversations.ts';
import type { Filter } from '#core/inbox-filters.ts';
import type { Pending } from './entries.ts';

/** What the inbox is opened with. */
export type Opening = {
	me: {
		user_id: string;
		organization: { id: string; slug: string; role: Member['role']; capabilities: readonly Capability[] };
	};
	conversations: readonly Conversation[];
	more: boolean;
	filter: Filter;
	counts: InboxCounts | null;
	labels: readonly Label[];
	numbers: readonly OwnedNumber[];
	members: readonly Member[];
	/** ms since 1970 */
	renderedAt: number;
	/** The time zone that the server rendered in. */
	zone: string;
	/** The address of the inbox. */
	inbox: string;
	/** The address of a conversation's page. */
	pageOf: (conversationId: string) => string;
	/** Somebody ended the session: leave for the sign-in page. */
	onended: () => void;
	/** Only time ended it: ask for the password over the page. True once the person is signed in again. */
	askPassword: () => Promise<boolean>;
};

/** A conversation and a stretch of it, as the server read them. */
export type Opened = {
	conversation: Conversation;
	messages: readonly Message[];
	more: boolean;
	newer: boolean;
	target: number | null;
};

/** A text that was not sent, and the answers that its author had not seen. */
export type Collision = { text: Pending; answers: Message[] };
