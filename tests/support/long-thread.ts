import type { Sql } from 'postgres';

/** When text `seq` of a long conversation was written: one every five minutes from the first of January 2024, UTC. */
export const writtenAt = (seq: number) => new Date(Date.UTC(2024, 0, 1) + seq * 300_000);

/**
 * Gives a number a conversation with `count` texts, as `writtenAt`, every third of them ours, everything read by nobody.
 * Triggers are off: only what reading needs is made. Text 40 is 'Text 40 about keys and bags'.
 */
export async function longConversation(
	sql: Sql,
	of: { organizationId: string; numberId: string; contact: string; count: number }
): Promise<string> {
	const first = writtenAt(0).toISOString();
	const id = await sql.begin(async (tx) => {
		await tx`set local session_replication_role = replica`;
		const [contact] = await tx<{ id: string }[]>`
			insert into public.contacts (organization_id, phone_number) values (${of.organizationId}, ${of.contact}) returning id`;
		const [conversation] = await tx<{ id: string }[]>`
			insert into public.conversations (organization_id, phone_number_id, contact_id, last_seq, revision, inbound_count, created_at, last_message_at)
			values (${of.organizationId}, ${of.numberId}, ${contact?.id ?? null}, ${of.count}, ${of.count}, ${of.count - Math.floor(of.count / 3)},
				${first}::timestamptz, ${first}::timestamptz + ${of.count} * interval '5 minutes')
			returning id`;
		await tx`
			insert into public.messages (organization_id, phone_number_id, conversation_id, seq, revision, inbound_count, direction, origin, status, body, segments, created_at)
			select ${of.organizationId}, ${of.numberId}, ${conversation?.id ?? null}, s, s, s - s / 3,
				case when s % 3 = 0 then 'outbound' else 'inbound' end::public.message_direction,
				case when s % 3 = 0 then 'api_key' else 'contact' end::public.message_origin,
				case when s % 3 = 0 then 'delivered' else 'received' end::public.message_status,
				'Text ' || s || ' about keys and bags' || repeat(' and late arrivals', s % 7), 1,
				${first}::timestamptz + s * interval '5 minutes'
			from generate_series(1, ${of.count}::int) s`;
		await tx`
			update public.conversations c set last_message_id = m.id from public.messages m
			where c.id = ${conversation?.id ?? null} and m.conversation_id = c.id and m.seq = c.last_seq`;
		return conversation?.id ?? '';
	});
	await sql`analyze public.messages, public.conversations`;
	return id;
}
