-- How much of what a plan allows is used: one list for the dashboard, the page about usage and the warnings.

-- [{name, used, most}]: segments of this calendar month, requests for codes of the last 24 hours, numbers, members.
create function private.limits_of(organization_id uuid) returns table (name text, used bigint, most bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	plan constant public.plans := private.plan_of(organization_id);
begin
	return query
		select 'segments', coalesce((
			select a.used::bigint from public.segment_allowances a
			where a.organization_id = limits_of.organization_id and a.month = private.month_of(limits_of.organization_id)), 0),
			plan.included_segments::bigint
		union all
		select 'verifications', (
			select count(*) from public.verifications v
			join public.phone_numbers n on n.id = v.phone_number_id and n.carrier <> 'test'
			where v.organization_id = limits_of.organization_id
				and v.id >= private.first_id_at(now() - interval '1 day') and v.created_at > now() - interval '1 day'),
			(select l.most::bigint from private.verification_limits l where l.seconds = 86400)
		union all
		select 'numbers', private.room_taken(limits_of.organization_id, 'numbers'), plan.max_numbers::bigint
		union all
		select 'members', private.room_taken(limits_of.organization_id, 'members'), plan.max_members::bigint;
end
$$;
