-- Reconciliation: what the carrier told us and we never heard. Webhooks are lost for ever sometimes, so every minute the
-- worker asks: what became of texts that should have ended by now, and which texts to our numbers we do not know.

create table private.reconciliations (
	carrier text primary key,
	inbound_until timestamptz not null,
	walk_started_at timestamptz,
	page text
);

create table private.inquiries (
	message_id uuid primary key references public.messages (id) on delete cascade,
	asked integer not null,
	ask_at timestamptz not null
);

comment on table private.reconciliations is
	'How far the carrier''s list of inbound texts has been read. A walk goes from its newest text back to inbound_until, a page '
	'at a time; page is where it goes on. When it ends, everything before walk_started_at is known.';
comment on table private.inquiries is
	'Outbound texts whose status the carrier was asked for, and when to ask again if they have not ended by then.';

-- Nothing before the first migration can have been missed.
insert into private.reconciliations (carrier, inbound_until) values ('twilio', now());

create index messages_unsettled on public.messages (carrier, created_at)
	where status in ('sending', 'sent') and carrier_message_id is not null;
create index jobs_reconcile on private.jobs (completed_at) where kind = 'reconcile';

-- One job at a time; a carrier that does not answer is asked until it does. Those done an hour ago are forgotten.
create function private.schedule_reconciliation() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.jobs j where j.kind = 'reconcile' and j.completed_at < now() - interval '1 hour';

	if not exists (
		select from private.jobs j where j.kind = 'reconcile' and j.completed_at is null and j.parked_at is null
	) then
		insert into private.jobs (kind, queue_key, max_attempts) values ('reconcile', 'reconcile', 1000000);
	end if;
end
$$;

select cron.schedule('reconcile', '* * * * *', 'select private.schedule_reconciliation()');

-- Up to `batch` texts that should have ended, oldest first. Each counts as asked, and comes again after twice the time:
-- some carriers never say more than `sent`. After three days nobody asks any more.
create function private.unsettled_messages(carrier text, older_than_seconds integer, batch integer)
returns table (message_id uuid, carrier_message_id text)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		with due as (
			select m.id, m.carrier_message_id
			from public.messages m
			left join private.inquiries i on i.message_id = m.id
			where m.carrier = unsettled_messages.carrier
				and m.status in ('sending', 'sent') and m.carrier_message_id is not null and m.direction = 'outbound'
				and m.created_at between now() - interval '3 days' and now() - make_interval(secs => older_than_seconds)
				and (i.ask_at is null or i.ask_at <= now())
			order by m.created_at
			limit batch
		), stamped as (
			insert into private.inquiries as i (message_id, asked, ask_at)
			select due.id, 1, now() + make_interval(secs => greatest(older_than_seconds, 1)) from due
			on conflict (message_id) do update
			set asked = i.asked + 1,
				ask_at = now() + make_interval(secs => greatest(older_than_seconds, 1) * 2 ^ least(i.asked, 10))
			returning i.message_id
		)
		select due.id, due.carrier_message_id from due join stamped on stamped.message_id = due.id;
end
$$;

-- Where to read the carrier's list of inbound texts: from `page` if a walk is under way, else from its newest text back to
-- `since`, which is a little earlier than needed because a carrier's list may lag behind.
create function private.begin_reconciliation(carrier text, overlap_seconds integer) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	place private.reconciliations;
begin
	insert into private.reconciliations as r (carrier, inbound_until, walk_started_at)
	values (begin_reconciliation.carrier, now(), now())
	on conflict (carrier) do update
	set walk_started_at = case when r.page is null then now() else r.walk_started_at end
	returning r.* into place;
	return jsonb_build_object('since', place.inbound_until - make_interval(secs => overlap_seconds), 'page', place.page);
end
$$;

create function private.advance_reconciliation(carrier text, page text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	update private.reconciliations r
	set page = advance_reconciliation.page,
		inbound_until = case
			when advance_reconciliation.page is null then greatest(r.inbound_until, r.walk_started_at)
			else r.inbound_until
		end
	where r.carrier = advance_reconciliation.carrier;
	return jsonb_build_object('outcome', case when found then 'applied' else 'unchanged' end);
end
$$;

create function service.unsettled_messages(carrier text, older_than_seconds integer, batch integer)
returns table (message_id uuid, carrier_message_id text)
language sql security invoker set search_path = ''
begin atomic
	select * from private.unsettled_messages(carrier, older_than_seconds, batch);
end;
comment on function service.unsettled_messages(text, integer, integer) is
	'Outbound texts the carrier took so many seconds ago and more, which have not ended. Asking counts: each comes again later.';

create function service.begin_reconciliation(carrier text, overlap_seconds integer) returns jsonb
language sql security invoker set search_path = ''
return private.begin_reconciliation(carrier, overlap_seconds);
comment on function service.begin_reconciliation(text, integer) is
	'How far back the carrier''s list of inbound texts is to be read (since), and the page where that goes on, if it is under way.';

create function service.advance_reconciliation(carrier text, page text) returns jsonb
language sql security invoker set search_path = ''
return private.advance_reconciliation(carrier, page);
comment on function service.advance_reconciliation(text, text) is
	'A page of the carrier''s list is dealt with; page is the next, or null when the walk has come to its end.';

grant execute on function
	private.unsettled_messages(text, integer, integer), service.unsettled_messages(text, integer, integer),
	private.begin_reconciliation(text, integer), service.begin_reconciliation(text, integer),
	private.advance_reconciliation(text, text), service.advance_reconciliation(text, text)
to edge, service_role;
