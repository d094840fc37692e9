import { z } from '@hono/zod-openapi';
import type { Slug } from '../_shared/core/failures.ts';
import { MessageFile } from './attachment-shapes.ts';
import { Moment } from './shapes.ts';

export const messageStatuses = ['received', 'queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled'] as const;
export const messageOrigins = ['contact', 'person', 'api_key', 'schedule', 'automatic'] as const;
export const scheduledStatuses = ['scheduled', 'sent', 'cancelled', 'refused'] as const;

/** What `private.check_sending` may say of a text; SQL raises them. */
export const sendingRefusals = [
	...([
		'message_empty',
		'message_too_long',
		'placeholder_unfilled',
		'recipient_invalid',
		'recipient_not_test'
	] as const),
	...([
		'contact_blocked',
		'opted_out',
		'number_frozen',
		'number_released',
		'balance_too_low',
		'overage_stopped',
		'spending_capped',
		'sending_stopped',
		'recipients_held'
	] as const),
	...(['attachments_too_many', 'attachments_too_large', 'attachment_missing', 'attachment_not_ready'] as const),
	...(['attachment_type_unsupported', 'media_unavailable'] as const)
] as const satisfies readonly Slug[];

const parties = {
	from: z.string().nullable().openapi({ description: 'E.164, or what a service signs its texts with.' }),
	to: z.string().nullable()
};
const authors = {
	author_id: z.guid().nullable().openapi({ description: 'The colleague who wrote it.' }),
	api_key_id: z.guid().nullable().openapi({ description: 'The key by which a program wrote it.' })
};

export const Message = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		conversation_id: z.guid(),
		phone_number_id: z.guid(),
		...parties,
		direction: z.enum(['inbound', 'outbound']),
		origin: z.enum(messageOrigins),
		status: z.enum(messageStatuses),
		body: z.string(),
		has_code: z.boolean().openapi({ description: 'A code for signing in is in it.' }),
		code_masked: z.boolean().openapi({ description: 'You may not see it: • stands in its place.' }),
		body_removed_at: Moment.nullable().openapi({
			description: 'When its words were removed, as the organization wants it.'
		}),
		attachment_count: z.int(),
		attachments: z
			.array(MessageFile)
			.openapi({ description: 'Its files; a key without `messages:read` sees its own.' }),
		segments: z.int().nullable(),
		seq: z.int().openapi({ description: 'Its place in the conversation.' }),
		revision: z.int().openapi({ description: 'Every change in a conversation has the next one. Also the `ETag`.' }),
		...authors,
		error_code: z.string().nullable().openapi({ description: 'The carrier’s code of why it failed.' }),
		created_at: Moment,
		held_until: Moment.nullable(),
		expected_delay_seconds: z.int().optional().openapi({
			description:
				'In the answer to who sends it: how long it waits for its turn, because the carrier takes no more from its number at once. It is not dropped.'
		}),
		sent_at: Moment.nullable(),
		delivered_at: Moment.nullable(),
		failed_at: Moment.nullable()
	})
	.openapi('Message');

export const ScheduledMessage = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		conversation_id: z.guid(),
		phone_number_id: z.guid(),
		...parties,
		body: z.string(),
		attachment_ids: z.array(z.guid()),
		attachments: z.array(MessageFile),
		send_at: Moment,
		time_zone: z.string(),
		cancel_on_reply: z.boolean(),
		status: z.enum(scheduledStatuses),
		reason: z
			.string()
			.nullable()
			.openapi({ description: 'The code of the refusal, where it was refused at its time.' }),
		message_id: z.guid().nullable().openapi({ description: 'The text that it became.' }),
		...authors,
		created_at: Moment,
		updated_at: Moment
	})
	.openapi('ScheduledMessage');
