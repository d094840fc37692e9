/**
 * What a person may read of their conversations: the rows of the views `api.conversations`, `api.messages`,
 * `api.phone_numbers` and `api.members`, as JSON carries them. Times are ISO 8601 with a zone.
 */
import type { Status } from './delivery.ts';

export type Direction = 'inbound' | 'outbound';

/** Who wrote a text: the contact, a person, a program by a key, a schedule that a person made, or an automatic reply. */
export type Origin = 'contact' | 'person' | 'api_key' | 'schedule' | 'automatic';

/** They wrote STOP, the carrier told us, a colleague wrote it down, or it stood in a list that was imported. */
export type OptOutSource = 'keyword' | 'carrier' | 'person' | 'import';

export type Conversation = {
	id: string;
	organization_id: string;
	phone_number_id: string | null;
	number_e164: string | null;
	number_label: string | null;
	number_color: number | null;
	contact_id: string | null;
	contact_name: string | null;
	contact_number: string | null;
	/** What a team calls its own conversation, one without a number. */
	title: string | null;
	/** Who takes part in a team's own conversation, in the order they came. */
	participant_ids: readonly string[] | null;
	contact_blocked: boolean;
	assignee_id: string | null;
	snoozed_until: string | null;
	/** Whether it sleeps, by the database's clock when it was read. */
	snoozed: boolean;
	label_ids: readonly string[];
	last_seq: number;
	revision: number;
	last_message_at: string;
	last_message_body: string | null;
	last_message_direction: Direction | null;
	last_message_status: Status | null;
	last_message_error_code: string | null;
	last_message_author_id: string | null;
	/** When the organization's retention removed its words. */
	last_message_removed_at: string | null;
	last_message_files: number | null;
	/** Whether a text without words is pictures and nothing else. */
	last_message_is_pictures: boolean | null;
	unread_count: number;
	unread: boolean;
	last_read_seq: number;
	/** Counts what this person marked as read or unread here. */
	read_version: number;
	opted_out: boolean;
	/** How we know that. */
	opt_out_source: OptOutSource | null;
	archived_at: string | null;
	created_at: string;
	updated_at: string;
};

export type Message = {
	id: string;
	organization_id: string;
	conversation_id: string;
	phone_number_id: string | null;
	/** Its place in the conversation, from 1. */
	seq: number;
	/** The conversation's revision at this message's last change. */
	revision: number;
	direction: Direction;
	origin: Origin;
	status: Status;
	body: string;
	/** The body with • for the codes in it; null where it holds none. */
	masked_body: string | null;
	/** This person may not see its codes: the body is the masked one. */
	code_masked: boolean;
	/** When the organization's retention removed the words. */
	body_removed_at: string | null;
	attachment_count: number;
	segments: number | null;
	author_id: string | null;
	idempotency_key: string | null;
	/** The carrier's code: why ours was not delivered, or what was done to theirs (30038: a one-time code struck out). */
	error_code: string | null;
	created_at: string;
	/** Until then its author can take it back. */
	held_until: string | null;
	sent_at: string | null;
	delivered_at: string | null;
	failed_at: string | null;
};

/** color: 1 to 8, of the palette of numbers. */
export type Label = { id: string; name: string; color: number | null };

/** How many conversations wait for the person, and how many texts for their time, each counted up to 1,000. */
export type InboxCounts = { mine: number; unassigned: number; open: number; unread: number; scheduled: number };

export type OwnedNumber = {
	id: string;
	e164: string;
	label: string | null;
	color: number;
};

export type Member = {
	user_id: string;
	role: 'owner' | 'admin' | 'member' | 'viewer';
	username: string;
	full_name: string | null;
};

/** The longest text a carrier takes in one message, in characters (Twilio error 21617). */
export const longestBody = 1600;
