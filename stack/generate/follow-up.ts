import type { Sql, TransactionSql } from 'postgres';

/**
 * What follows from the messages: who wrote STOP, the carrier's events as they were kept, and the finished jobs.
 * Triggers rest, so nothing is sent and nobody is woken.
 */
export async function followUp(sql: TransactionSql, organizations: readonly string[]): Promise<void> {
	await sql`
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, opted_out_at, source)
		select c.organization_id, c.phone_number_id, t.phone_number, c.last_message_at, 'keyword'
		from public.conversations c
		join public.contacts t on t.id = c.contact_id
		join public.messages m on m.id = c.last_message_id
		where c.organization_id = any (${organizations}) and m.direction = 'inbound' and m.body = 'STOP'`;
	await sql`
		update public.conversations c set unanswered_since = c.last_message_at
		from public.messages m
		where m.id = c.last_message_id and c.organization_id = any (${organizations}) and m.direction = 'inbound'`;
	// in the order of their key: so many at random places of its index would take most of the time
	await sql`set local work_mem = '256MB'`;
	await sql`
		insert into private.provider_events (
			provider, event_key, kind, payload, outcome, message_id, message_status, error_code, received_at)
		select m.carrier, case m.direction
				when 'inbound' then 'message:' || m.carrier_message_id
				else 'receipt:' || m.carrier_message_id || ':' || m.status || ':' || coalesce(m.error_code, '') end,
			case m.direction when 'inbound' then 'message' else 'receipt' end,
			jsonb_build_object('MessageSid', m.carrier_message_id),
			case m.direction when 'inbound' then 'stored' else 'applied' end,
			m.id, case m.direction when 'outbound' then m.status::text end, m.error_code,
			coalesce(m.delivered_at, m.failed_at, m.sent_at, m.created_at)
		from public.messages m
		where m.organization_id = any (${organizations})
		order by 2`;
	await sql`
		insert into private.jobs (kind, queue_key, payload, run_at, attempts, completed_at, created_at)
		select 'send_message', m.conversation_id::text, jsonb_build_object('message_id', m.id), m.created_at, 1,
			m.created_at + interval '1 second', m.created_at
		from public.messages m
		where m.organization_id = any (${organizations}) and m.direction = 'outbound'`;
}

/** What autovacuum and the clock would have done in all that time. */
export async function vacuum(sql: Sql): Promise<void> {
	await sql`set maintenance_work_mem = '512MB'`;
	await sql`
		vacuum (analyze) public.messages, public.conversations, public.conversation_reads, public.contacts, public.opt_outs,
			public.phone_numbers, public.organizations, public.memberships, public.profiles,
			private.provider_events, private.jobs`;
	await sql`select private.learn_common_words()`;
}
