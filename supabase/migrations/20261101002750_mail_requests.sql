-- How often somebody may have Auth send them a letter. Auth counts as well, but only for addresses that it knows, and says
-- so: here every address waits alike, so nobody learns from it who has an account.

create table private.mail_requests (
	account bytea not null,
	kind text not null check (kind in ('signup', 'recovery', 'email_change')),
	asked_at timestamptz not null default now(),
	primary key (account, kind)
);
comment on table private.mail_requests is
	'When a letter of a kind was last asked for, for an hour. The account is the SHA-256 of the address, like in sign_in_attempts.';
create index mail_requests_age on private.mail_requests (asked_at);

-- Before Auth is asked for a letter: 0 to go on, which is noted; else the seconds to wait. A minute is Auth's own limit
-- (max_frequency in config.toml); two seconds more, because Auth's minute begins a little later than ours.
create function private.begin_mail(email text, kind text) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
	key constant bytea := private.account_key(email);
	last timestamptz;
begin
	perform private.require_awake();
	delete from private.mail_requests r
	where (r.account, r.kind) in (select o.account, o.kind from private.mail_requests o order by o.asked_at limit 10)
		and r.asked_at < now() - interval '1 hour';

	insert into private.mail_requests as r (account, kind)
	values (key, begin_mail.kind)
	on conflict on constraint mail_requests_pkey do update set asked_at = excluded.asked_at
		where r.asked_at <= now() - interval '62 seconds';
	if found then
		return 0;
	end if;
	select r.asked_at into last
	from private.mail_requests r
	where r.account = key and r.kind = begin_mail.kind;
	return greatest(1, ceil(extract(epoch from last + interval '62 seconds' - now())))::integer;
end
$$;

create function service.begin_mail(email text, kind text) returns integer
language sql security invoker set search_path = ''
begin atomic
	select private.begin_mail(email, kind);
end;
comment on function service.begin_mail(text, text) is
	'Before Auth is asked for a letter ("signup", "recovery", "email_change") to an address: the seconds to wait, or 0, which is noted. '
	'Fails with maintenance.';

grant execute on function service.begin_mail(text, text), private.begin_mail(text, text) to edge, service_role;
