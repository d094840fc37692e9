import { z } from '@hono/zod-openapi';
import type { AttachmentStatus } from '../_shared/core/media-types.ts';
import { Moment } from './shapes.ts';

const statuses = ['pending', 'ready', 'refused', 'expected', 'missing'] as const satisfies readonly AttachmentStatus[];

const about = {
	id: z.guid(),
	name: z.string(),
	type: z
		.string()
		.nullable()
		.openapi({ description: 'Its media type, by its bytes; null while nobody has looked at them.' }),
	size: z.int().nullable().openapi({ description: 'In bytes.' }),
	status: z.enum(statuses).openapi({
		description:
			'Yours: `pending` until its bytes were looked at, then `ready` or `refused`. Theirs: `expected` until it was fetched from ' +
			'the carrier, then `ready` or `missing`.'
	})
};

/** A file as it stands with its text. */
export const MessageFile = z.object(about).openapi('MessageFile');

export const Attachment = z
	.object({
		...about,
		organization_id: z.guid(),
		conversation_id: z.guid(),
		phone_number_id: z.guid(),
		message_id: z.guid().nullable().openapi({ description: 'The text that it came or went with.' }),
		scheduled_message_id: z.guid().nullable().openapi({ description: 'The text that it waits with.' }),
		width: z.int().nullable().openapi({ description: 'In pixels, of a picture.' }),
		height: z.int().nullable(),
		reason: z.string().nullable().openapi({ description: 'The code of why it was refused, or is missing.' }),
		author_id: z.guid().nullable().openapi({ description: 'The colleague who put it up.' }),
		api_key_id: z.guid().nullable().openapi({ description: 'The key by which a program put it up.' }),
		created_at: Moment
	})
	.openapi('Attachment');
