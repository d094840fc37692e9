-- A text of our own every five minutes, from one number of the platform to another, through everything that a tenant's passes: the
-- gate, the queue, the carrier, its receipt, and in again. What it costs is the platform's.

create table private.path_organization (
	is_only boolean primary key default true check (is_only),
	organization_id uuid not null references public.organizations (id)
);
comment on table private.path_organization is
	'Whose the platform''s own texts are: an organization nobody belongs to, in whose wallet the platform puts what they cost.';

create table private.path_texts (
	message_id uuid primary key,
	accepted_at timestamptz not null,
	-- after how many ms each step was done; null: not yet, or never
	handed_ms integer,
	receipt_ms integer,
	arrived_ms integer,
	ended_at timestamptz
);
comment on table private.path_texts is 'The platform''s own texts and how long each step took; kept for two days. Ended: all are done, or it took too long.';
create index path_texts_newest on private.path_texts (accepted_at);

alter table private.path_organization enable row level security;
alter table private.path_texts enable row level security;

-- A number of the platform's own; null where a tenant has it.
create function private.path_number(organization_id uuid, e164 text, label text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	insert into public.phone_numbers (organization_id, e164, label, country_code, auto_renew)
	values (path_number.organization_id, path_number.e164, path_number.label, 'US', false)
	on conflict (e164) where released_at is null do nothing;
	return (
		select n.id from public.phone_numbers n
		where n.e164 = path_number.e164 and n.released_at is null and n.organization_id = path_number.organization_id);
end
$$;

-- The organization of the platform's own texts, made when it is first asked for. Its texts are forgotten after two days.
create function private.path_home() returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	home uuid;
begin
	-- one at a time: there is one
	perform pg_advisory_xact_lock(hashtext('private.path_home'));
	select p.organization_id into home from private.path_organization p;
	if home is null then
		insert into public.organizations (slug, name)
		values ('path-' || substr(md5(private.uuid_v7()::text), 1, 12), 'Our own texts') returning id into home;
		insert into public.retention_rules (organization_id, class, days) values (home, 'metadata', 2);
		insert into private.path_organization (organization_id) values (home);
	end if;
	return home;
end
$$;

-- The platform's two numbers, made when they are first asked for; null for one that a tenant has.
create function private.open_path_numbers(from_number text, to_number text) returns uuid[]
language plpgsql security definer set search_path = ''
as $$
declare
	home constant uuid := private.path_home();
begin
	return array[
		private.path_number(home, from_number, 'Sends our own texts'), private.path_number(home, to_number, 'Gets our own texts')];
end
$$;

-- What became of texts that are under way. One that has gone all the way, or had four minutes and a half, is a look at part `text`.
create function private.follow_path_texts() returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	checks jsonb;
begin
	with seen as (
		select p.message_id, m.status,
			-- a receipt can overtake the carrier's answer
			(extract(epoch from coalesce(m.sent_at, m.delivered_at) - p.accepted_at) * 1000)::integer as handed_ms,
			(extract(epoch from m.delivered_at - p.accepted_at) * 1000)::integer as receipt_ms,
			(extract(epoch from r.created_at - p.accepted_at) * 1000)::integer as arrived_ms,
			p.accepted_at < now() - interval '270 seconds' as is_late
		from private.path_texts p
		left join public.messages m on m.id = p.message_id
		left join lateral (
			select i.created_at from public.messages i
			where i.organization_id = m.organization_id and i.id >= private.first_id_at(p.accepted_at) and i.direction = 'inbound'
				and i.body = m.body
			limit 1
		) r on true
		where p.ended_at is null
	), ended as (
		update private.path_texts p
		set handed_ms = s.handed_ms, receipt_ms = s.receipt_ms, arrived_ms = s.arrived_ms,
			ended_at = case when s.is_late or num_nulls(s.handed_ms, s.receipt_ms, s.arrived_ms) = 0 or s.status = 'failed' then now() end
		from seen s
		where p.message_id = s.message_id
		returning p.ended_at, s.status, p.handed_ms, p.receipt_ms, p.arrived_ms
	)
	select jsonb_agg(jsonb_build_object('part', 'text', 'ms', greatest(e.receipt_ms, e.arrived_ms), 'says', case
		when e.status = 'failed' then 'The carrier did not deliver the text.'
		when e.handed_ms is null then 'The text was not handed to the carrier within 270 s.'
		when e.receipt_ms is null then 'No receipt came within 270 s.'
		when e.arrived_ms is null then 'The text did not come in again within 270 s.' end))
	into checks
	from ended e where e.ended_at is not null;
	if checks is not null then
		perform private.note_health(checks);
	end if;
	delete from private.path_texts p where p.accepted_at < now() - interval '2 days';
end
$$;

-- Sends the next one, where five minutes have passed since the last, and follows those before. Safe to be asked at any time. Answers
-- the text it sent, or null.
create function private.tend_path_texts(from_number text, to_number text) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	home constant uuid := private.path_home();
	numbers uuid[];
	sender uuid;
	reasons text[];
	message uuid;
	body constant text := 'A text of our own, to see how long it takes: ' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC';
begin
	perform private.follow_path_texts();
	if exists (select from private.path_texts p where p.accepted_at > now() - interval '285 seconds') then
		return null;
	end if;

	numbers := private.open_path_numbers(from_number, to_number);
	sender := numbers[1];
	if array_position(numbers, null) is not null then
		perform private.note_health(jsonb_build_array(jsonb_build_object('part', 'text', 'says', 'A number of the platform belongs to a tenant.')));
		return null;
	end if;
	if coalesce((select a.balance_micros from public.ledger_accounts a where a.organization_id = home and a.kind = 'wallet'), 0) < 1000000 then
		perform private.transfer(home, array[row('adjustments', -5000000), row('wallet', 5000000)]::private.ledger_leg[], 'adjustment',
			'path:' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24'), note => 'For the platform''s own texts');
	end if;
	reasons := private.check_sending(null, sender, to_number, body);
	if cardinality(reasons) = 0 then
		message := private.queue_message(private.open_conversation(home, sender, to_number), body, null, null, 'automatic', body);
	end if;
	if message is null then
		perform private.note_health(jsonb_build_array(jsonb_build_object('part', 'text',
			'says', 'The text was refused: ' || coalesce(array_to_string(reasons, ', '), 'it was there already') || '.')));
		return null;
	end if;
	insert into private.path_texts (message_id, accepted_at) values (message, now());
	return message;
end
$$;

create function service.open_path_numbers(from_number text, to_number text) returns uuid[]
language sql security invoker set search_path = ''
return private.open_path_numbers(from_number, to_number);
comment on function service.open_path_numbers(text, text) is
	'The numbers between which the platform texts itself, made known where they were not: their ids, null for one that a tenant has.';

create function service.tend_path_texts(from_number text, to_number text) returns uuid
language sql security invoker set search_path = ''
return private.tend_path_texts(from_number, to_number);
comment on function service.tend_path_texts(text, text) is
	'Sends a text of the platform''s own from one of its numbers to another, where the last is five minutes old, and notes how those before '
	'fared. The text, or null.';

grant execute on function
	service.open_path_numbers(text, text), private.open_path_numbers(text, text),
	service.tend_path_texts(text, text), private.tend_path_texts(text, text)
to edge, service_role;
