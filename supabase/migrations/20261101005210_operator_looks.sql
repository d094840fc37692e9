-- The glass box: whoever looks at a tenant says why, and the tenant reads of each page that was looked at. What its people wrote and
-- whom they text with is masked, until an owner gives a code that is good for half an hour.

create table private.operator_visits (
	hash bytea not null references private.operator_sessions (hash) on delete cascade,
	organization_id uuid not null references public.organizations (id) on delete cascade,
	reason text not null check (char_length(reason) between 1 and 500),
	created_at timestamptz not null default now(),
	primary key (hash, organization_id)
);
comment on table private.operator_visits is 'Which organizations an operator looks at in a session, and why.';
create index operator_visits_organization on private.operator_visits (organization_id);

create table private.support_codes (
	id uuid primary key default private.uuid_v7(),
	organization_id uuid not null references public.organizations (id) on delete cascade,
	-- SHA-256 of the code
	hash bytea not null check (octet_length(hash) = 32),
	issued_by uuid references public.profiles (id) on delete set null,
	expires_at timestamptz not null default now() + interval '30 minutes',
	-- the one operator's session that it opens
	used_by bytea,
	used_at timestamptz,
	ended_at timestamptz
);
comment on table private.support_codes is
	'By what an owner lets support read texts, for 30 minutes from when it was issued; one at a time, for one operator''s session.';
create unique index support_codes_current on private.support_codes (organization_id) where ended_at is null;
create index support_codes_issued_by on private.support_codes (issued_by) where issued_by is not null;

alter table private.operator_visits enable row level security;
alter table private.support_codes enable row level security;

-- The owner's side.

create function private.end_support_codes(organization_id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	was_open boolean;
begin
	update private.support_codes c set ended_at = now()
	where c.organization_id = end_support_codes.organization_id and c.ended_at is null
	returning c.expires_at > now() into was_open;
	return coalesce(was_open, false);
end
$$;

-- A code for our support; the one before it ends. Letters and figures that are not mistaken for each other, 50 bits of chance.
create function private.issue_support_code(organization_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('support:allow', organization_id);
	signs constant text := 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
	chance constant bytea := extensions.gen_random_bytes(10);
	code text := '';
	until timestamptz;
begin
	for place in 0..9 loop
		code := code || substr(signs, get_byte(chance, place) % 32 + 1, 1);
	end loop;
	perform private.end_support_codes(issue_support_code.organization_id);
	insert into private.support_codes as c (organization_id, hash, issued_by)
	values (issue_support_code.organization_id, private.sha256_of(code), caller)
	returning c.expires_at into until;
	perform private.audit(issue_support_code.organization_id, 'support.code_issued', 'organization',
		issue_support_code.organization_id, null, jsonb_build_object('until', until));
	return jsonb_build_object('code', substr(code, 1, 5) || '-' || substr(code, 6), 'expires_at', until);
end
$$;

create function private.end_support_access(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('support:allow', organization_id);
begin
	if private.end_support_codes(end_support_access.organization_id) then
		perform private.audit(end_support_access.organization_id, 'support.code_ended', 'organization',
			end_support_access.organization_id);
	end if;
end
$$;

create function private.support_access(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('support:allow', organization_id);
begin
	return (
		select jsonb_build_object('expires_at', c.expires_at, 'used_at', c.used_at)
		from private.support_codes c
		where c.organization_id = support_access.organization_id and c.ended_at is null and c.expires_at > now());
end
$$;

-- The operator's side.

-- Until when this session reads what is masked to the others.
create function private.unmasked_until(hash bytea, organization_id uuid) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return (
		select c.expires_at from private.support_codes c
		where c.organization_id = unmasked_until.organization_id and c.used_by = unmasked_until.hash
			and c.ended_at is null and c.expires_at > now());
end
$$;

-- Begins to look at an organization.
create function private.operator_visit(session text, organization_id uuid, reason text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_reason(session, 'support', reason);
begin
	if not exists (select from public.organizations o where o.id = operator_visit.organization_id) then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	insert into private.operator_visits (hash, organization_id, reason)
	values (live.hash, operator_visit.organization_id, btrim(operator_visit.reason))
	on conflict (hash, organization_id) do update set reason = excluded.reason;
	perform private.note_deed(live.operator_id, 'organization.opened', btrim(operator_visit.reason), 'organization',
		operator_visit.organization_id::text, operator_visit.organization_id, address => live.address);
end
$$;

-- One look at one page of a tenant: written into the tenant's book and into ours before anything is answered. The tenant reads the
-- role and the reason, not who it was. Fails with visit_missing where nobody said why.
create function private.look(
	live private.live_operator_sessions, organization_id uuid, page text, object_kind text default 'organization', object_id uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	why text;
	unmasked constant boolean := private.unmasked_until(live.hash, organization_id) is not null;
begin
	select v.reason into why from private.operator_visits v
	where v.hash = live.hash and v.organization_id = look.organization_id;
	if why is null then
		perform private.fail(403, 'visit_missing', 'Say first why you look at this. Nothing was shown.');
	end if;
	perform private.audit(look.organization_id, 'support.looked', look.object_kind, coalesce(look.object_id, look.organization_id), null,
		jsonb_build_object('page', look.page, 'role', live.role, 'reason', why, 'unmasked', unmasked));
	perform private.note_deed(live.operator_id, 'tenant.looked', why, look.object_kind,
		coalesce(look.object_id, look.organization_id)::text, look.organization_id,
		jsonb_build_object('page', look.page, 'unmasked', unmasked), live.address);
end
$$;

-- Uses an owner's code. Answers whether it was one; ten wrong ones an hour are enough.
create function private.operator_unmask(session text, organization_id uuid, code text) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	counts boolean;
begin
	if not exists (
		select from private.operator_visits v where v.hash = live.hash and v.organization_id = operator_unmask.organization_id)
	then
		perform private.fail(403, 'visit_missing', 'Say first why you look at this. Nothing was shown.');
	elsif (
		select count(*) from private.operator_log l
		where l.operator_id = live.operator_id and l.id > private.first_id_at(now() - interval '1 hour')
			and l.verb = 'support_code.refused') >= 10
	then
		perform private.fail(429, 'rate_limited', 'That was a lot at once. Try again in a moment.');
	end if;
	update private.support_codes c set used_by = live.hash, used_at = coalesce(c.used_at, now())
	where c.organization_id = operator_unmask.organization_id and c.ended_at is null and c.expires_at > now()
		and c.hash = private.sha256_of(upper(regexp_replace(operator_unmask.code, '[^0-9A-Za-z]', '', 'g')))
		and coalesce(c.used_by, live.hash) = live.hash;
	counts := found;
	if counts then
		perform private.audit(operator_unmask.organization_id, 'support.code_used', 'organization', operator_unmask.organization_id,
			null, jsonb_build_object('role', live.role));
	end if;
	perform private.note_deed(live.operator_id, case when counts then 'support_code.used' else 'support_code.refused' end, null,
		'organization', operator_unmask.organization_id::text, operator_unmask.organization_id, address => live.address);
	return counts;
end
$$;

create function api.issue_support_code(organization_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.issue_support_code(organization_id);
comment on function api.issue_support_code(uuid) is
	'For owners: a code by which our support may read texts for 30 minutes, {code, expires_at}. It is shown once; the one before it ends.';

create function api.end_support_access(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.end_support_access(organization_id);
comment on function api.end_support_access(uuid) is 'For owners: ends at once what a support code opened.';

create function api.support_access(organization_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
return private.support_access(organization_id);
comment on function api.support_access(uuid) is
	'For owners: {expires_at, used_at} of the support code that is good now; null where there is none.';

create function service.operator_visit(session text, organization_id uuid, reason text) returns void
language sql security invoker set search_path = ''
return private.operator_visit(session, organization_id, reason);
comment on function service.operator_visit(text, uuid, text) is
	'An operator says why they look at an organization; without it none of its pages is shown. Fails with not_found, reason_missing.';

create function service.operator_unmask(session text, organization_id uuid, code text) returns boolean
language sql security invoker set search_path = ''
return private.operator_unmask(session, organization_id, code);
comment on function service.operator_unmask(text, uuid, text) is
	'Uses an owner''s support code: whether it was one. Fails with visit_missing, rate_limited.';

grant execute on function
	api.issue_support_code(uuid), private.issue_support_code(uuid),
	api.end_support_access(uuid), private.end_support_access(uuid),
	api.support_access(uuid), private.support_access(uuid)
to authenticated;
grant execute on function
	service.operator_visit(text, uuid, text), private.operator_visit(text, uuid, text),
	service.operator_unmask(text, uuid, text), private.operator_unmask(text, uuid, text)
to service_role;
