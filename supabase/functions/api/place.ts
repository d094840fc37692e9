import { z } from '@hono/zod-openapi';
import { literal } from '../_shared/database-literal.ts';
import { Malformed } from '../_shared/http/problem.ts';
import type { Between } from './message-rows.ts';
import { E164, Id, OrganizationId, Text } from './shapes.ts';

/** Between whom: a conversation that there is, or one of our numbers and theirs. */
export const place = {
	organization_id: OrganizationId,
	conversation_id: Id.optional().openapi({ description: 'Into this conversation; else `from` and `to` say which.' }),
	from: z
		.union([Id, E164], 'This is an id, or a number in E.164.')
		.optional()
		.openapi({ description: 'Your number, by its id or in E.164.', example: '+14155550100' }),
	to: Text.optional().openapi({ description: 'Their number in E.164.', example: '+14155550123' })
};

type Place = {
	conversation_id?: string | undefined;
	from?: string | undefined;
	to?: string | undefined;
};

/** The arguments that say between whom, for verbs; a number that is not there to be seen is nobody's, and refused. */
export function placeOf(organizationId: string, wish: Place): { args: string[]; between: Between } {
	if (wish.conversation_id !== undefined) {
		if (wish.from !== undefined || wish.to !== undefined) {
			throw new Malformed([{ field: 'conversation_id', says: 'This goes without from and to.' }]);
		}
		return { args: [`conversation_id => ${literal(wish.conversation_id)}`], between: null };
	}
	if (wish.from === undefined || wish.to === undefined) {
		const says = 'Say from and to, or conversation_id.';
		throw new Malformed(wish.from === undefined ? [{ field: 'from', says }] : [{ field: 'to', says }]);
	}
	const key = wish.from.startsWith('+') ? 'n.e164' : 'n.id';
	const number = (column: string) =>
		`(select n.${column} from api.phone_numbers n
			where n.organization_id = ${literal(organizationId)} and ${key} = ${literal(wish.from ?? null)})`;
	return {
		args: [`phone_number_id => ${number('id')}`, `recipient => ${literal(wish.to)}`],
		between: { from: number('e164'), to: `btrim(${literal(wish.to)})` }
	};
}
