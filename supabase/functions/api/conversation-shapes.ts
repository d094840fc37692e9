import { z } from '@hono/zod-openapi';
import { messageStatuses } from './message-shapes.ts';
import { Moment } from './shapes.ts';

export const Conversation = z
	.object({
		id: z.guid(),
		organization_id: z.guid(),
		phone_number_id: z.guid(),
		number: z.string().openapi({ description: 'Yours, in E.164.' }),
		contact_id: z.guid(),
		contact_number: z.string().openapi({ description: 'Theirs: E.164, or what a service signs its texts with.' }),
		contact_name: z.string().nullable().openapi({ description: 'For a key that reads contacts.' }),
		contact_blocked: z.boolean(),
		assignee_id: z.guid().nullable(),
		label_ids: z.array(z.guid()),
		archived_at: Moment.nullable(),
		snoozed_until: Moment.nullable(),
		opted_out: z.boolean(),
		opt_out_source: z.string().nullable(),
		unread_count: z.int().openapi({ description: 'Counted up to 100; for a key all from outside are.' }),
		last_read_seq: z.int(),
		last_seq: z.int().openapi({ description: 'The place of the newest text.' }),
		revision: z.int().openapi({ description: 'Every change in it has the next one. Also the `ETag`.' }),
		last_message_at: Moment,
		last_message_body: z.string().nullable().openapi({ description: 'Its beginning; for a key that reads texts.' }),
		last_message_direction: z.enum(['inbound', 'outbound']).nullable(),
		last_message_status: z.enum(messageStatuses).nullable(),
		created_at: Moment,
		updated_at: Moment
	})
	.openapi('Conversation');
