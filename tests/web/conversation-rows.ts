import type { Conversation, Message } from '#core/conversations.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 10) + seconds * 1000).toISOString();

/** A message as the database would hand it out; what a test does not say is ordinary. */
export function message(given: Partial<Message> & { seq: number }): Message {
	return {
		id: `message-${given.seq}`,
		organization_id: 'organization',
		conversation_id: 'conversation',
		phone_number_id: 'number',
		revision: given.seq,
		direction: 'inbound',
		status: given.direction === 'outbound' ? 'queued' : 'received',
		origin: given.direction === 'outbound' ? 'person' : 'contact',
		masked_body: null,
		code_masked: false,
		body: `Text ${given.seq}`,
		body_removed_at: null,
		attachment_count: 0,
		segments: 1,
		author_id: null,
		idempotency_key: null,
		error_code: null,
		created_at: at(given.seq),
		sent_at: null,
		delivered_at: null,
		held_until: null,
		failed_at: null,
		...given
	};
}

/** A conversation as the database would hand it out. `active`: when its last text came, in seconds. */
export function conversation({ active = 0, ...given }: Partial<Conversation> & { active?: number }): Conversation {
	return {
		id: 'conversation',
		organization_id: 'organization',
		phone_number_id: 'number',
		number_e164: '+14155550142',
		number_label: 'Guest desk',
		number_color: 1,
		contact_id: 'contact',
		contact_name: 'Elena Kovács',
		contact_number: '+36205550178',
		title: null,
		participant_ids: null,
		contact_blocked: false,
		assignee_id: null,
		snoozed_until: null,
		snoozed: false,
		label_ids: [],
		last_seq: 1,
		revision: 1,
		last_message_at: at(active),
		last_message_body: 'Hello',
		last_message_direction: 'inbound',
		last_message_status: 'received',
		last_message_error_code: null,
		last_message_author_id: null,
		last_message_removed_at: null,
		last_message_files: 0,
		last_message_is_pictures: null,
		unread_count: 0,
		unread: (given.unread_count ?? 0) > 0,
		last_read_seq: 1,
		read_version: 1,
		opted_out: false,
		opt_out_source: null,
		archived_at: null,
		created_at: at(0),
		updated_at: at(active),
		...given
	};
}

/** A promise with its ends outside. */
export function deferred<T>() {
	return Promise.withResolvers<T>();
}
