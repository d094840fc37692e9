/** Lines of the developer API's table about files. */
import { inventNumber } from '../support/people.ts';
import { png } from '../support/pictures.ts';
import { randomUUID } from 'node:crypto';
import type { Line, Scene } from './api-line.ts';

const picture = new Uint8Array(png);
const place = ({ number }: Scene) => ({ from: number.e164, to: inventNumber(), name: 'door.png', wait: '25' });
const attachment = async (scene: Scene) => {
	const query = new URLSearchParams(place(scene));
	const wish = { body: picture, headers: { 'content-type': 'image/png' } };
	return (await scene.api.ask<{ id: string }>('POST', `/attachments?${query}`, scene.key, wish)).body;
};
const path = async (scene: Scene) => ({ path: { id: (await attachment(scene)).id } });
const gone = { wish: () => ({ path: { id: randomUUID() } }), status: 404, code: 'not_found' };

export const attachmentLines: Readonly<Record<string, Line>> = {
	uploadAttachment: {
		good: (scene) => ({ query: place(scene), picture }),
		status: 201,
		refused: {
			wish: (scene) => ({ query: { ...place(scene), to: '12' }, picture }),
			...{ status: 422, code: 'recipient_invalid' }
		}
	},
	getAttachment: { good: path, status: 200, refused: gone },
	downloadAttachment: { good: path, status: 200, refused: gone },
	retryAttachment: {
		good: async ({ sql, organizationId, number }) => {
			const [file] = await sql<{ id: string }[]>`
				with conversation as (
					select private.open_conversation(${organizationId}, ${number.id}, ${inventNumber()}) as id),
				text as (
					insert into public.messages (conversation_id, direction, status, body)
					select id, 'inbound', 'received', 'Look' from conversation returning id, conversation_id)
				insert into public.attachments (organization_id, phone_number_id, conversation_id, message_id, name, status, reason)
				select ${organizationId}, ${number.id}, conversation_id, id, 'file', 'missing', 'media_unreachable' from text
				returning id`;
			return { path: { id: file!.id } };
		},
		status: 204,
		refused: gone
	},
	deleteAttachment: { good: path, status: 204, refused: gone }
};
