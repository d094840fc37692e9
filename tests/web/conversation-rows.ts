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
		body: `Text ${given.seq}`,
		segments: 1,
		author_id: null,
		idempotency_key: null,
		error_code: null,
		created_at: at(given.seq),
		sent_at: null,
		delivered_at: null,
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
		last_seq: 1,
		revision: 1,
		last_message_at: at(active),
		last_message_body: 'Hello',
		last_message_direction: 'inbound',
		last_message_status: 'received',
		last_message_error_code: null,
		last_message_author_id: null,
		unread_count: 0,
		last_read_seq: 1,
		opted_out: false,
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
