/** The table of verbs.ts: what people do in the inbox: texts, contacts, files, notes, conversations. */
import {
	anotherContact,
	anotherId,
	attachment,
	conversation,
	conversations,
	idOf,
	note,
	nothing,
	organization,
	text,
	unsent,
	writeNote,
	type Verb
} from './verb.ts';

export const inbox: Record<string, Verb> = {
	me: { who: 'somebody', call: () => 'null' },
	list_plans: { who: 'visitors', call: nothing },
	status: { who: 'visitors', call: nothing },
	username_available: { who: 'visitors', call: () => text('a_free_name') },

	// what is said
	send_message: {
		who: 'messages:send',
		onNumber: true,
		call: ({ conversation_id }) => `'Hello', 'a key of its own', conversation_id => ${text(conversation_id)}`
	},
	preflight_message: {
		who: 'messages:read',
		onNumber: true,
		call: ({ conversation_id }) => `'Hello', ${text(conversation_id)}`
	},
	unsend_message: {
		who: 'messages:send',
		onNumber: true,
		// the caller's own
		given: ({ message_id }, persona) => `
			update public.messages set author_id = (select id from public.profiles where id = ${text(idOf(persona))})
			where id = ${text(message_id)}`,
		call: ({ message_id }) => text(message_id)
	},
	set_undo_send: { who: 'somebody', call: () => `10::smallint` },
	schedule_message: {
		who: 'messages:send',
		onNumber: true,
		call: ({ conversation_id }) =>
			`${text(conversation_id)}, 'Later', now() + interval '1 day', 'UTC', 'a key of its own'`
	},
	update_scheduled_message: {
		who: 'messages:send',
		onNumber: true,
		call: ({ scheduled_id }) => `${text(scheduled_id)}, 'Even later', now() + interval '2 days', 'UTC'`
	},
	cancel_scheduled_message: { who: 'messages:send', onNumber: true, call: ({ scheduled_id }) => text(scheduled_id) },
	save_draft: {
		who: 'messages:send',
		onNumber: true,
		call: ({ conversation_id }) => `${text(conversation_id)}, 'Dear'`
	},
	save_template: {
		who: 'templates:update',
		call: (things) => `${organization(things)}, 'Another one', 'Hello {{word}}'`
	},
	delete_template: { who: 'templates:update', call: ({ template_id }) => text(template_id) },

	// who may not be texted
	set_opt_out: {
		who: 'opt_outs:update',
		onNumber: true,
		writes: 'opt_out.added',
		call: ({ phone_number_id }) => `${text(phone_number_id)}, '+14155550196'`
	},
	lift_opt_out: {
		who: 'opt_outs:update',
		onNumber: true,
		writes: 'opt_out.removed',
		call: ({ phone_number_id }) => `${text(phone_number_id)}, '+14155550197', 'Signed form of 3 May'`
	},
	import_opt_outs: {
		who: 'opt_outs:update',
		writes: 'opt_out.imported',
		call: (things) => `${organization(things)}, '[{"row": 1, "contact_number": "+14155550196"}]', false`
	},
	set_opt_out_replies: {
		who: 'opt_outs:update',
		writes: 'opt_out.replies_changed',
		call: (things) => `${organization(things)}, 'Done', 'Back', 'Help'`
	},

	conversation_numbers: {
		who: 'messages:read',
		call: (things) => `${organization(things)}, ${conversations(things)}`
	},
	mark_read: { who: 'messages:read', onNumber: true, call: ({ conversation_id }) => `${text(conversation_id)}, 1` },
	find_place: {
		who: 'messages:read',
		onNumber: true,
		call: ({ conversation_id }) => `${text(conversation_id)}, now()`
	},

	// files: one's own, before they are sent
	begin_attachment: {
		who: 'messages:send',
		onNumber: true,
		call: ({ conversation_id }) => `${text(conversation_id)}, 'door.png', 70, 'image/png'`
	},
	finish_attachment: { who: 'messages:send', onNumber: true, given: unsent, call: attachment },
	remove_attachment: { who: 'messages:send', onNumber: true, given: unsent, call: attachment },
	link_attachment: { who: 'messages:send', onNumber: true, given: unsent, call: attachment },
	retry_attachment: { who: 'messages:send', onNumber: true, call: attachment },
	// what is said among colleagues
	add_note: {
		who: 'conversations:update',
		onNumber: true,
		call: ({ conversation_id }) => `${text(conversation_id)}, 'only for us', 'a key of its own'`
	},
	edit_note: {
		who: 'conversations:update',
		onNumber: true,
		given: writeNote,
		call: (things) => `${note(things)}, 'else'`
	},
	remove_note: { who: 'conversations:update', onNumber: true, given: writeNote, call: note },
	mark_notifications_read: { who: 'messages:read', call: organization },
	notification_settings: { who: 'messages:read', call: organization },
	choose_notifications: {
		who: 'messages:read',
		call: (things) => `${organization(things)}, '[{"event": "mention", "bell": true, "push": false, "email": "off"}]'`
	},
	try_notification: { who: 'messages:read', call: (things) => `${organization(things)}, 'bell'` },
	set_notification_hours: { who: 'somebody', call: () => `'22:00', '07:00'` },
	subscribe_push: {
		who: 'somebody',
		call: () => `'https://push.example/one', ${text('B'.repeat(87))}, ${text('a'.repeat(22))}`
	},
	unsubscribe_push: { who: 'somebody', call: () => `'https://push.example/one'` },
	// with whom
	create_contact: {
		who: 'contacts:update',
		call: (things) => `${organization(things)}, '+14155550196', 'Another name', null`
	},
	update_contact: { who: 'contacts:update', call: ({ contact_id }) => `${text(contact_id)}, 'Another name', null` },
	merge_contacts: {
		who: 'contacts:update',
		writes: 'contact.merged',
		given: anotherContact,
		call: ({ contact_id }) => `${text(contact_id)}, ${text(`{${anotherId}}`)}`
	},
	split_contact: { who: 'contacts:update', call: ({ contact_id }) => text(contact_id) },
	block_contact: { who: 'contacts:update', writes: 'contact.blocked', call: ({ contact_id }) => text(contact_id) },
	unblock_contact: {
		who: 'contacts:update',
		writes: 'contact.unblocked',
		given: ({ contact_id }) => `update public.contacts set blocked_at = now() where id = ${text(contact_id)}`,
		call: ({ contact_id }) => text(contact_id)
	},
	import_contacts: {
		who: 'contacts:update',
		writes: 'contact.imported',
		call: (things) => `${organization(things)}, '[{"phone_number": "+14155550196"}]', false`
	},
	search_contacts: { who: 'messages:read', call: (things) => `${organization(things)}, 'robin'` },
	search_messages: { who: 'messages:read', call: (things) => `${organization(things)}, 'door'` },

	// among ourselves
	create_team_conversation: {
		who: 'messages:send',
		call: (things) => `${organization(things)}, 'Among us', ${text(`{${String(things.colleague)}}`)}`
	},
	rename_team_conversation: {
		who: 'messages:send',
		inTeam: true,
		call: ({ team_id }) => `${text(team_id)}, 'Renamed'`
	},
	add_participants: {
		who: 'messages:send',
		inTeam: true,
		call: ({ team_id, colleague }) => `${text(team_id)}, ${text(`{${String(colleague)}}`)}`
	},
	remove_participant: {
		who: 'messages:send',
		inTeam: true,
		call: ({ team_id, colleague }) => `${text(team_id)}, ${text(colleague)}`
	},
	post_team_message: {
		who: 'messages:send',
		inTeam: true,
		call: ({ team_id }) => `${text(team_id)}, 'Hello', 'a key of its own'`
	},

	mark_unread: { who: 'messages:read', onNumber: true, call: conversation },

	// what is done with conversations
	archive_conversations: { who: 'conversations:update', onNumber: true, call: conversations },
	restore_conversations: { who: 'conversations:update', onNumber: true, call: conversations },
	assign_conversations: {
		who: 'conversations:update',
		onNumber: true,
		call: (things) => `${conversations(things)}, ${text(things.user_id)}`
	},
	snooze_conversations: {
		who: 'conversations:update',
		onNumber: true,
		call: (things) => `${conversations(things)}, now() + interval '1 hour'`
	},
	follow_conversation: { who: 'messages:read', onNumber: true, call: (things) => `${conversation(things)}, true` },
	set_labels: {
		who: 'conversations:update',
		onNumber: true,
		call: (things) => `${conversations(things)}, ${text(`{${String(things.label_id)}}`)}`
	},
	delete_conversations: {
		who: 'conversations:delete',
		onNumber: true,
		fresh: true,
		writes: 'conversation.deleted',
		given: ({ conversation_id }) => `
			update public.conversations set archived_at = now() - interval '31 days' where id = ${text(conversation_id)}`,
		call: conversations
	},
	create_label: { who: 'conversations:update', call: (things) => `${organization(things)}, 'A new label'` },
	change_label: {
		who: 'conversations:update',
		call: ({ label_id }) => `${text(label_id)}, 'Another word', 3::smallint`
	},
	delete_label: { who: 'conversations:update', call: ({ label_id }) => text(label_id) },
	set_retention: {
		who: 'retention:change',
		fresh: true,
		writes: 'retention.changed',
		call: (things) => `${organization(things)}, 'bodies', 90`
	},
	count_retention: { who: 'retention:change', call: (things) => `${organization(things)}, 'bodies', 90` },
	set_inbox_settings: {
		who: 'organization:update',
		writes: 'organization.updated',
		call: (things) => `${organization(things)}, 'DE', false`
	}
};
