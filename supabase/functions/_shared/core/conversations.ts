/**
 * What a person may read of their conversations: the rows of the views `api.conversations`, `api.messages`,
 * `api.phone_numbers` and `api.members`, as JSON carries them. Times are ISO 8601 with a zone.
 */
import type { Status } from './delivery.ts';

export type Direction = 'inbound' | 'outbound';

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
	last_seq: number;
	revision: number;
	last_message_at: string;
	last_message_body: string | null;
	last_message_direction: Direction | null;
	last_message_status: Status | null;
	last_message_error_code: string | null;
	last_message_author_id: string | null;
	unread_count: number;
	last_read_seq: number;
	opted_out: boolean;
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
	status: Status;
	body: string;
	segments: number | null;
	author_id: string | null;
	idempotency_key: string | null;
	/** The carrier's code: why ours was not delivered, or what was done to theirs (30038: a one-time code struck out). */
	error_code: string | null;
	created_at: string;
	sent_at: string | null;
	delivered_at: string | null;
	failed_at: string | null;
};

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
