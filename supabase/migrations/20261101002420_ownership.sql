-- Handing an organization over: offered by an owner, taken by the other. Whoever gave it becomes an admin.

create table public.ownership_offers (
	organization_id uuid primary key references public.organizations (id) on delete cascade,
	offered_by uuid not null,
	offered_to uuid not null,
	created_at timestamptz not null default now(),
	check (offered_by <> offered_to),
	foreign key (organization_id, offered_by) references public.memberships (organization_id, user_id) on delete cascade,
	foreign key (organization_id, offered_to) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.ownership_offers is
	'An owner offers their place to a colleague; nothing changes until that one accepts. One at a time for an organization.';

create index ownership_offers_giver on public.ownership_offers (organization_id, offered_by);
create index ownership_offers_taker on public.ownership_offers (organization_id, offered_to);

alter table public.ownership_offers enable row level security;
create policy "the two of them can read" on public.ownership_offers for select to authenticated
	using (
		organization_id = any ((select private.my_organization_ids_for('members:read'))::uuid[])
		and (select auth.uid()) in (offered_by, offered_to));

create function private.offer_ownership(organization_id uuid, user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('ownership:transfer', offer_ownership.organization_id);
	theirs constant public.membership_role :=
		private.role_of_colleague(offer_ownership.organization_id, offer_ownership.user_id);
begin
	if exists (
		select from public.organizations o where o.id = offer_ownership.organization_id and o.personal_for is not null)
	then
		perform private.fail(409, 'personal_organization',
			'Everybody keeps their personal organization. Nothing was changed.');
	end if;
	if theirs = 'owner' then
		perform private.fail(409, 'already_owner', 'This person is an owner already. Nothing was changed.');
	end if;
	perform private.require_fresh_session();

	insert into public.ownership_offers as o (organization_id, offered_by, offered_to)
	values (offer_ownership.organization_id, caller, offer_ownership.user_id)
	on conflict on constraint ownership_offers_pkey do update
		set offered_by = excluded.offered_by, offered_to = excluded.offered_to, created_at = now()
		where (o.offered_by, o.offered_to) <> (excluded.offered_by, excluded.offered_to);
	if found then
		perform private.audit(offer_ownership.organization_id, 'ownership.offered', 'member', offer_ownership.user_id);
	end if;
end
$$;

-- Takes the offer away, where a person is named only one made to them. Fails with offer_gone.
create function private.end_offer(organization_id uuid, offered_to uuid, verb text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	offer public.ownership_offers;
begin
	delete from public.ownership_offers o
	where o.organization_id = end_offer.organization_id
		and (end_offer.offered_to is null or o.offered_to = end_offer.offered_to)
	returning * into offer;
	if offer.organization_id is null then
		perform private.fail(404, 'offer_gone', 'This offer of ownership is not open any more. Nothing was changed.');
	end if;
	perform private.audit(end_offer.organization_id, end_offer.verb, 'member', offer.offered_to);
end
$$;

create function private.withdraw_ownership(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.require_locked('ownership:transfer', withdraw_ownership.organization_id);
	perform private.end_offer(withdraw_ownership.organization_id, null, 'ownership.withdrawn');
end
$$;

create function private.decline_ownership(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('members:read', decline_ownership.organization_id);
begin
	perform private.end_offer(decline_ownership.organization_id, caller, 'ownership.declined');
end
$$;

create function private.accept_ownership(organization_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
	caller constant uuid := private.require_locked('members:read', accept_ownership.organization_id);
	mine constant public.membership_role := private.role_in(accept_ownership.organization_id, caller);
	giver uuid;
begin
	select o.offered_by into giver
	from public.ownership_offers o
	where o.organization_id = accept_ownership.organization_id and o.offered_to = caller
		and private.role_in(o.organization_id, o.offered_by) = 'owner';
	if giver is null then
		perform private.fail(404, 'offer_gone', 'This offer of ownership is not open any more. Nothing was changed.');
	end if;
	perform private.require_fresh_session();

	delete from public.ownership_offers o where o.organization_id = accept_ownership.organization_id;
	update public.memberships m
	set role = case m.user_id when caller then 'owner' else 'admin' end::public.membership_role
	where m.organization_id = accept_ownership.organization_id and m.user_id in (caller, giver);
	perform private.audit(accept_ownership.organization_id, 'ownership.accepted', 'member', caller,
		jsonb_build_object('role', mine, 'owner', giver), jsonb_build_object('role', 'owner', 'owner', caller));
end
$$;

-- The two of them see an offer come and go.
create function private.hint_offer() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	person uuid;
begin
	for person in
		select distinct p from unnest(array[old.offered_by, old.offered_to, new.offered_by, new.offered_to]) p
		where p is not null
	loop
		perform realtime.send(jsonb_build_object('id', coalesce(new.organization_id, old.organization_id)),
			'memberships', 'user:' || person, true);
	end loop;
	return null;
end
$$;
create trigger hint_offer after insert or update or delete on public.ownership_offers
	for each row execute function private.hint_offer();

create view api.ownership_offers with (security_invoker = true) as
select o.organization_id, o.offered_by, g.username as offered_by_username, g.full_name as offered_by_name,
	o.offered_to, t.username as offered_to_username, t.full_name as offered_to_name, o.created_at
from public.ownership_offers o
join public.profiles g on g.id = o.offered_by
join public.profiles t on t.id = o.offered_to;
comment on view api.ownership_offers is 'Open offers of ownership that the caller made or got.';

create function api.offer_ownership(organization_id uuid, user_id uuid) returns void
language sql security invoker set search_path = ''
return private.offer_ownership(organization_id, user_id);
comment on function api.offer_ownership(uuid, uuid) is
	'Offers the caller''s ownership to a colleague, instead of an earlier offer. Needs a fresh session. Fails with '
	'session_ended, not_found, not_allowed, member_gone, already_owner, personal_organization, fresh_session_required.';

create function api.withdraw_ownership(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.withdraw_ownership(organization_id);
comment on function api.withdraw_ownership(uuid) is 'Takes an offer of ownership back. Fails with offer_gone.';

create function api.decline_ownership(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.decline_ownership(organization_id);
comment on function api.decline_ownership(uuid) is 'Refuses an offer of ownership made to the caller. Fails with offer_gone.';

create function api.accept_ownership(organization_id uuid) returns void
language sql security invoker set search_path = ''
return private.accept_ownership(organization_id);
comment on function api.accept_ownership(uuid) is
	'Takes ownership over; who offered it becomes an admin. Needs a fresh session. Fails with offer_gone, fresh_session_required.';

grant select on public.ownership_offers, api.ownership_offers to authenticated;
grant execute on function
	api.offer_ownership(uuid, uuid), private.offer_ownership(uuid, uuid),
	api.withdraw_ownership(uuid), private.withdraw_ownership(uuid),
	api.decline_ownership(uuid), private.decline_ownership(uuid),
	api.accept_ownership(uuid), private.accept_ownership(uuid)
to authenticated;
