-- The throttle ladder: watched, slowed down, without new recipients, stopped. An operator sets a step until a date, or for the clearest
-- signals a rule, which goes no further than slow. The gate and the queue obey it by rows that they read anyway.

create table private.throttles (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	-- free: an operator let it go on, and until then no rule says otherwise
	step text not null check (step in ('free', 'watch', 'slow', 'hold', 'stop')),
	-- of its pace, while it is slowed down or held
	percent smallint check (percent between 1 and 99),
	-- why, in plain words, for its people
	message text check (char_length(message) between 10 and 1000),
	by_rule boolean not null default false,
	until timestamptz not null,
	created_at timestamptz not null default now(),
	check ((percent is not null) = (step in ('slow', 'hold'))),
	check ((message is not null) = (step in ('slow', 'hold', 'stop')))
);
comment on table private.throttles is
	'How far what an organization sends is held back, until when, and what its people are told. watch changes nothing for it.';
create index throttles_until on private.throttles (until);

alter table private.throttles enable row level security;

-- What its people see of it: {step, message, until}; null: nothing holds them back.
create function private.throttle_of(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('step', t.step, 'message', t.message, 'until', t.until)
		from private.throttles t
		where t.organization_id = throttle_of.organization_id and t.until > now() and t.step in ('slow', 'hold', 'stop'));
end
$$;

-- Tells every owner by bell and letter, and the organization's book.
create function private.tell_of_throttle(organization_id uuid, former private.throttles, current private.throttles) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	facts constant jsonb := jsonb_build_object('step', current.step, 'message', current.message, 'until', current.until);
begin
	perform private.audit(tell_of_throttle.organization_id,
		case when current.step in ('watch', 'slow', 'hold', 'stop') then 'sending.throttled' else 'sending.freed' end, 'organization',
		tell_of_throttle.organization_id, case when former.step is not null then jsonb_build_object('step', former.step) end,
		case when current.step is not null then facts || jsonb_build_object('by_rule', current.by_rule) end);
	-- who is watched only, and was, is not held back by anything
	if coalesce(current.step, 'free') in ('slow', 'hold', 'stop') or former.step in ('slow', 'hold', 'stop') then
		perform private.give_notice_to(array(
			select m.user_id from public.memberships m
			where m.organization_id = tell_of_throttle.organization_id and m.role = 'owner'
		), tell_of_throttle.organization_id,
			case when current.step in ('slow', 'hold', 'stop') then 'sending_throttled' else 'sending_freed' end, 'throttle',
			jsonb_strip_nulls(jsonb_build_object('step', current.step)));
		perform private.write_to_owners(tell_of_throttle.organization_id,
			case when current.step in ('slow', 'hold', 'stop') then 'sending_throttled' else 'sending_freed' end, facts);
	end if;
end
$$;

-- Puts an organization on a step, from whichever it is on: the queue's share with it.
create function private.set_throttle(next private.throttles) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	former private.throttles;
	live constant boolean := next.step in ('slow', 'hold');
begin
	perform from public.organizations o where o.id = next.organization_id for no key update;
	select t.* into former from private.throttles t where t.organization_id = next.organization_id and t.until > now();
	delete from private.throttles t where t.organization_id = next.organization_id;
	insert into private.throttles (organization_id, step, percent, message, by_rule, until)
	values (next.organization_id, next.step, next.percent, next.message, next.by_rule, next.until);
	insert into private.text_turns (id, slowed_percent, slowed_until)
	values (next.organization_id, case when live then next.percent end, case when live then next.until end)
	on conflict (id) do update set slowed_percent = excluded.slowed_percent, slowed_until = excluded.slowed_until;
	perform private.tell_of_throttle(next.organization_id, former, next);
end
$$;

-- Steps whose time is over: they count no more already, and their people are told.
create function private.end_throttles(at timestamptz default now()) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	over private.throttles;
begin
	for over in
		select t.* from private.throttles t where t.until <= end_throttles.at order by t.organization_id limit 100 for update skip locked
	loop
		delete from private.throttles t where t.organization_id = over.organization_id;
		if over.step <> 'free' then
			perform private.tell_of_throttle(over.organization_id, over, null);
		end if;
	end loop;
end
$$;
select cron.schedule('throttles-over', '* * * * *', 'select private.end_throttles()');

-- By an operator: from slow on with a message to its owners; free lets it go on, and keeps rules away for so long. Fails with malformed.
create function private.operator_throttle(
	session text, organization_id uuid, step text, percent integer, until timestamptz, message text, reason text
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	if operator_throttle.step is null or operator_throttle.step not in ('free', 'watch', 'slow', 'hold', 'stop')
		or operator_throttle.until is null or operator_throttle.until <= now() or operator_throttle.until > now() + interval '1 year'
		or operator_throttle.step in ('slow', 'hold') and coalesce(operator_throttle.percent, 0) not between 1 and 99
		or operator_throttle.step in ('slow', 'hold', 'stop')
			and coalesce(char_length(btrim(operator_throttle.message)), 0) not between 10 and 1000
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	perform private.operator_act(session, operator_throttle.organization_id, reason, 'organization.throttled',
		jsonb_build_object('step', operator_throttle.step, 'percent', operator_throttle.percent, 'until', operator_throttle.until,
			'message', operator_throttle.message), operator_throttle.step in ('hold', 'stop'));
	perform private.set_throttle(row(operator_throttle.organization_id, operator_throttle.step,
		case when operator_throttle.step in ('slow', 'hold') then operator_throttle.percent end,
		case when operator_throttle.step in ('slow', 'hold', 'stop') then btrim(operator_throttle.message) end,
		false, operator_throttle.until, now())::private.throttles);
end
$$;

create function service.operator_throttle(
	session text, organization_id uuid, step text, percent integer, until timestamptz, message text, reason text
) returns void
language sql security invoker set search_path = ''
return private.operator_throttle(session, organization_id, step, percent, until, message, reason);
comment on function service.operator_throttle(text, uuid, text, integer, timestamptz, text, text) is
	'Holds back what an organization sends until a moment: watch, slow (percent of its pace), hold (slow, and no new recipients), stop; '
	'free lets it go on. From slow on its owners get the message. Fails with malformed.';

grant execute on function
	service.operator_throttle(text, uuid, text, integer, timestamptz, text, text),
	private.operator_throttle(text, uuid, text, integer, timestamptz, text, text)
to service_role;
