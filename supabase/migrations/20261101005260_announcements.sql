-- What the platform says to everybody: announcements, and that it rests. While it rests (maintenance), people and keys can read
-- everything and change nothing (private.only_read); what providers tell is taken in, what was accepted before is carried out.

create table private.announcements (
	id uuid primary key default private.uuid_v7(),
	level text not null check (level in ('info', 'warning', 'incident')),
	says text not null check (char_length(says) between 3 and 500),
	-- also on the public status page
	is_public boolean not null,
	starts_at timestamptz not null,
	ends_at timestamptz not null,
	withdrawn_at timestamptz,
	operator_id uuid references private.operators (id),
	created_at timestamptz not null default now(),
	check (ends_at > starts_at)
);
comment on table private.announcements is
	'What operators tell all tenants, above every page, from one moment until another; a withdrawn one ends at once.';
create index announcements_ending on private.announcements (ends_at);

create table private.maintenance (
	is_on boolean primary key default true check (is_on),
	says text not null check (char_length(says) between 3 and 500),
	-- when it will be over, as far as one knows
	ends_at timestamptz,
	operator_id uuid references private.operators (id),
	began_at timestamptz not null default now()
);
comment on table private.maintenance is
	'That the platform rests: one row while it does, none else. Each verb''s first look at its caller sees it; an empty table costs it nothing.';

alter table private.announcements enable row level security;
alter table private.maintenance enable row level security;

-- What is to be said now, maintenance first.
create view private.notices with (security_invoker = true) as
select 'maintenance' as id, 'maintenance' as level, m.says, true as is_public, m.began_at as starts_at, m.ends_at
from private.maintenance m
union all
select a.id::text, a.level, a.says, a.is_public, a.starts_at, a.ends_at
from private.announcements a
where a.ends_at > now() and a.starts_at <= now() and a.withdrawn_at is null;
comment on view private.notices is 'What is said above every page at this moment: announcements that are under way, and maintenance.';

-- Fails with maintenance while the platform rests, and says when to come back: when it was announced to be over, in an hour at most.
create function private.require_awake() returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
	retry_at timestamptz;
begin
	select least(greatest(m.ends_at, now() + interval '1 minute'), now() + interval '1 hour') into retry_at from private.maintenance m;
	if found then
		perform private.fail(503, 'maintenance',
			'The platform is being worked on: everything can be read, and nothing changed for now. This was not done.', retry_at);
	end if;
end
$$;

-- Auth's own doors are open to everybody: while the platform rests nobody signs up there or gets another password or address.
-- Signing in goes on, and so does what was accepted before (another role's).
create function private.on_account_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_awake();
	return new;
end
$$;

create trigger on_account_made before insert on auth.users
	for each row when (current_user = 'supabase_auth_admin') execute function private.on_account_change();
create trigger on_account_changed before update on auth.users
	for each row when (
		current_user = 'supabase_auth_admin' and (
			old.encrypted_password is distinct from new.encrypted_password or old.email is distinct from new.email
			or old.email_change is distinct from new.email_change))
	execute function private.on_account_change();

-- Tells everybody something. Fails with announcement_invalid.
create function private.operator_announce(
	session text, level text, says text, ends_at timestamptz, is_public boolean, reason text, starts_at timestamptz
) returns uuid
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'administrator', reason);
	words constant text := btrim(says);
	begins constant timestamptz := coalesce(operator_announce.starts_at, now());
	made uuid;
begin
	if coalesce(char_length(words), 0) not between 3 and 500 or operator_announce.level not in ('info', 'warning', 'incident')
		or coalesce(operator_announce.ends_at <= greatest(begins, now()), true)
	then
		perform private.fail(422, 'announcement_invalid',
			'Write 3 to 500 characters, and an end that is still to come and after the beginning. Nothing was published.');
	end if;
	insert into private.announcements (level, says, is_public, starts_at, ends_at, operator_id)
	values (operator_announce.level, words, operator_announce.is_public, begins, operator_announce.ends_at, live.operator_id)
	returning id into made;
	perform private.note_deed(live.operator_id, 'announcement.published', btrim(reason), 'announcement', made::text,
		details => jsonb_build_object('level', operator_announce.level, 'ends_at', operator_announce.ends_at), address => live.address);
	return made;
end
$$;

-- Ends an announcement, or takes back one that was still to come. False: it had ended.
create function private.operator_withdraw(session text, announcement_id uuid, reason text) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'administrator', reason);
begin
	update private.announcements a set withdrawn_at = now()
	where a.id = operator_withdraw.announcement_id and a.withdrawn_at is null and a.ends_at > now();
	if not found then
		return false;
	end if;
	perform private.note_deed(live.operator_id, 'announcement.withdrawn', btrim(reason), 'announcement', announcement_id::text,
		address => live.address);
	return true;
end
$$;

-- Has the platform rest, with a sentence, or go on (says: null). Doing it twice does it once, with the words of the last.
create function private.operator_set_maintenance(session text, reason text, says text, ends_at timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator_fresh(session, 'administrator', reason);
	words constant text := btrim(operator_set_maintenance.says);
begin
	if words is null then
		delete from private.maintenance;
	elsif char_length(words) not between 3 and 500 or coalesce(operator_set_maintenance.ends_at <= now(), false) then
		perform private.fail(422, 'announcement_invalid',
			'Write 3 to 500 characters, and an end that is still to come and after the beginning. Nothing was published.');
	else
		insert into private.maintenance as m (says, ends_at, operator_id)
		values (words, operator_set_maintenance.ends_at, live.operator_id)
		on conflict (is_on) do update set says = excluded.says, ends_at = excluded.ends_at;
	end if;
	perform private.note_deed(live.operator_id, case when words is null then 'maintenance.ended' else 'maintenance.begun' end,
		btrim(reason), 'platform', details => jsonb_build_object('ends_at', operator_set_maintenance.ends_at), address => live.address);
end
$$;

-- {maintenance: {says, ends_at, began_at} or null, announcements: those that are under way or to come, and the last that were}.
create function private.operator_announcements(session text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
begin
	return jsonb_build_object(
		'maintenance', (
			select jsonb_build_object('says', m.says, 'ends_at', m.ends_at, 'began_at', m.began_at) from private.maintenance m),
		'announcements', coalesce((
			select jsonb_agg(to_jsonb(n))
			from (
				select a.id, a.level, a.says, a.is_public, a.starts_at, a.ends_at, a.withdrawn_at, o.full_name as by
				from private.announcements a
				left join private.operators o on o.id = a.operator_id
				order by a.withdrawn_at is null and a.ends_at > now() desc, a.starts_at desc
				limit 30
			) n), '[]'));
end
$$;

create function service.require_awake() returns void
language sql stable security invoker set search_path = ''
return private.require_awake();
comment on function service.require_awake() is
	'Before what no verb refuses: fails with maintenance while the platform rests, with the moment to come back.';

create function service.operator_announce(
	session text, level text, says text, ends_at timestamptz, is_public boolean, reason text, starts_at timestamptz default null
) returns uuid
language sql security invoker set search_path = ''
return private.operator_announce(session, level, says, ends_at, is_public, reason, starts_at);
comment on function service.operator_announce(text, text, text, timestamptz, boolean, text, timestamptz) is
	'Tells all tenants something, from a moment on (null: now) until another; is_public: on the status page as well. For administrators.';

create function service.operator_withdraw(session text, announcement_id uuid, reason text) returns boolean
language sql security invoker set search_path = ''
return private.operator_withdraw(session, announcement_id, reason);
comment on function service.operator_withdraw(text, uuid, text) is 'Ends an announcement now. False: it had ended.';

create function service.operator_set_maintenance(
	session text, reason text, says text default null, ends_at timestamptz default null
) returns void
language sql security invoker set search_path = ''
return private.operator_set_maintenance(session, reason, says, ends_at);
comment on function service.operator_set_maintenance(text, text, text, timestamptz) is
	'Has the platform rest: people and keys can read and change nothing, and are told this sentence; null: it goes on. For administrators.';

create function service.operator_announcements(session text) returns jsonb
language sql stable security invoker set search_path = ''
return private.operator_announcements(session);
comment on function service.operator_announcements(text) is 'Whether the platform rests, and what was, is and will be announced.';

grant execute on function
	service.operator_announce(text, text, text, timestamptz, boolean, text, timestamptz),
	private.operator_announce(text, text, text, timestamptz, boolean, text, timestamptz),
	service.operator_withdraw(text, uuid, text), private.operator_withdraw(text, uuid, text),
	service.operator_set_maintenance(text, text, text, timestamptz), private.operator_set_maintenance(text, text, text, timestamptz),
	service.operator_announcements(text), private.operator_announcements(text)
to service_role;
grant execute on function service.require_awake(), private.require_awake() to edge, service_role;
