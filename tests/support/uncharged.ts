import type { Sql } from 'postgres';
import { createNumber, inventNumber } from './people.ts';

/** Minutes ago: nearly a week. A comparison finds the oldest first, and of other tests' texts there are many. */
export const longAgo = 10_000;

/** Texts that were sent so many minutes ago, each with so many files, and that nobody charged. Answers their ids. */
export async function sent(sql: Sql, organizationId: string, minutesAgo: number, files: number[]): Promise<string[]> {
	const number = await createNumber(sql, null, { organizationId });
	const [place] = await sql<{ conversation: string }[]>`
		select private.open_conversation(${organizationId}, ${number.id}, ${inventNumber()}) as conversation`;
	const written = new Date(Date.now() - minutesAgo * 60_000);
	const rows = await sql<{ id: string }[]>`
		insert into public.messages (id, conversation_id, direction, status, origin, body, segments, attachment_count, carrier,
			carrier_message_id, created_at, sent_at)
		select overlay(private.uuid_v7()::text placing left(private.first_id_at(${written}::timestamptz)::text, 13) from 1 for 13)::uuid,
			${place!.conversation}, 'outbound', 'sent', 'person', 'On its way', 1, f.files, 'twilio',
			'SM' || replace(gen_random_uuid()::text, '-', ''), ${written}, ${written}
		from unnest(${files}::smallint[]) with ordinality f (files, place)
		order by f.place
		returning id`;
	return rows.map((row) => row.id);
}
