-- What operators see of a tenant: how it stands, and its conversations without what is said in them.

-- Of an organization that nobody said why they look at: {id, slug, name}. Else how it stands; one look.
create function private.operator_organization(session text, organization_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	organization public.organizations;
	plan public.plans;
	why text;
	today date;
begin
	select o.* into organization from public.organizations o where o.id = operator_organization.organization_id;
	if organization.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	select v.reason into why from private.operator_visits v where v.hash = live.hash and v.organization_id = organization.id;
	if why is null then
		return jsonb_build_object('id', organization.id, 'slug', organization.slug, 'name', organization.name);
	end if;
	perform private.look(live, organization.id, 'overview');
	plan := private.plan_of(organization.id);
	today := (now() at time zone organization.time_zone)::date;
	return jsonb_build_object('id', organization.id, 'slug', organization.slug, 'name', organization.name, 'reason', why,
		'created_at', organization.created_at, 'suspended_at', organization.suspended_at,
		'unmasked_until', private.unmasked_until(live.hash, organization.id),
		'verified', (
			select jsonb_build_object('at', v.verified_at, 'reason', v.reason)
			from private.verified_organizations v where v.organization_id = organization.id),
		'plan', jsonb_build_object('code', plan.code, 'name', plan.name, 'monthly_micros', plan.monthly_micros,
			'included_segments', plan.included_segments, 'max_members', plan.max_members, 'max_numbers', plan.max_numbers,
			'is_granted', exists (
				select from private.plan_grants g
				where g.organization_id = organization.id and g.until > now() and g.plan_code = plan.code),
			'granted_until', (
				select case when g.until < 'infinity' then g.until end from private.plan_grants g
				where g.organization_id = organization.id and g.until > now() and g.plan_code = plan.code),
			'subscription', (
				select jsonb_build_object('status', s.status, 'plan', s.plan_code, 'until', s.current_period_end)
				from public.subscriptions s
				where s.organization_id = organization.id and not s.duplicate
				order by s.created_at desc
				limit 1)),
		'plans', (select jsonb_agg(p.code order by p.place) from public.plans p),
		'limits', (select jsonb_agg(to_jsonb(l)) from private.limits_of(organization.id) l),
		'requests_per_minute', private.requests_per_minute(organization.id),
		'limit_granted_until', (
			select case when max(g.until) < 'infinity' then max(g.until) end from private.limit_grants g
			where g.organization_id = organization.id and g.requests_per_minute is not null and g.until > now()),
		'throttle', (
			select jsonb_build_object('step', t.step, 'percent', t.percent, 'message', t.message, 'until', t.until, 'by_rule', t.by_rule)
			from private.throttles t where t.organization_id = organization.id and t.until > now()),
		'proposed_throttle', (select s.proposed from private.abuse_signals s where s.organization_id = organization.id),
		'wallet', (
			select jsonb_build_object(
				'balance_micros', sum(a.balance_micros) filter (where a.kind = 'wallet'),
				'held_micros', sum(a.balance_micros) filter (where a.kind = 'holds'))
			from public.ledger_accounts a where a.organization_id = organization.id),
		'segments', coalesce((
			select a.used from public.segment_allowances a
			where a.organization_id = organization.id and a.month = private.month_of(organization.id)), 0),
		'member_count', private.room_taken(organization.id, 'members'),
		'number_count', private.room_taken(organization.id, 'numbers'),
		'texts', (
			select jsonb_build_object('sent', coalesce(sum(d.sent), 0), 'delivered', coalesce(sum(d.delivered), 0),
				'received', coalesce(sum(d.received), 0), 'failed', coalesce(sum(d.failed), 0))
			from private.texts_by_day(organization.id, today - 29, today, array(
				select n.id from public.phone_numbers n where n.organization_id = organization.id)) d),
		'members', private.operator_members(organization.id),
		'numbers', private.operator_numbers(organization.id, today),
		'keys', private.operator_keys(organization.id),
		'suspensions', coalesce((
			select jsonb_agg(jsonb_build_object('reason', s.reason, 'at', s.suspended_at, 'resumed_at', s.resumed_at)
				order by s.suspended_at desc)
			from private.suspensions s where s.organization_id = organization.id), '[]'),
		'looks', coalesce((
			select jsonb_agg(to_jsonb(l) order by l.id desc)
			from (
				select a.id, a.verb, a.after, a.created_at
				from public.audit_log a
				where a.organization_id = organization.id and a.verb in (
					'support.looked', 'support.code_issued', 'support.code_used', 'support.code_ended')
				order by a.id desc
				limit 8
			) l), '[]'));
end
$$;

create function private.operator_members(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select jsonb_agg(to_jsonb(m) order by m.role, m.name)
		from (
			select p.id as user_id, coalesce(p.full_name, p.username) as name, u.email, s.role, p.suspended_at
			from public.memberships s
			join public.profiles p on p.id = s.user_id
			join auth.users u on u.id = p.id
			where s.organization_id = operator_members.organization_id
			order by s.role, s.created_at
			limit 50
		) m), '[]');
end
$$;

create function private.operator_numbers(organization_id uuid, today date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	numbers constant uuid[] := array(
		select n.id
		from public.phone_numbers n
		where n.organization_id = operator_numbers.organization_id and n.carrier <> 'test'
		order by n.id desc
		limit 50);
begin
	return coalesce((
		select jsonb_agg(to_jsonb(s) order by s.id)
		from (
			select n.id, n.e164, n.label, n.color, n.status, n.renews_at, n.monthly_micros, coalesce(d.texts, 0) as texts
			from public.phone_numbers n
			left join (
				select c.phone_number_id, sum(c.sent + c.received) as texts
				from private.days_of_numbers(operator_numbers.organization_id, operator_numbers.today - 29, operator_numbers.today, numbers) c
				group by 1
			) d on d.phone_number_id = n.id
			where n.id = any (numbers)
		) s), '[]');
end
$$;

create function private.operator_keys(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select jsonb_agg(to_jsonb(k) order by k.id desc)
		from (
			select k.id, 'cum_' || k.mode::text || '_' || k.public_id as prefix, k.name, k.last_used_at, k.expires_at, k.revoked_at
			from public.api_keys k
			where k.organization_id = operator_keys.organization_id
			order by k.id desc
			limit 50
		) k), '[]');
end
$$;

-- The thirty conversations with contacts that moved last. Who it is with and what was said is null without an owner's code.
create function private.operator_conversations(session text, organization_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	clear constant timestamptz := private.unmasked_until(live.hash, organization_id);
begin
	perform private.look(live, operator_conversations.organization_id, 'conversations');
	return jsonb_build_object('unmasked_until', clear, 'conversations', coalesce((
		select jsonb_agg(to_jsonb(c) order by c.last_message_at desc, c.id desc)
		from (
			select v.id, v.last_message_at, v.last_seq as texts, n.label as number, n.color, m.status, m.direction, m.error_code,
				v.archived_at,
				case when clear is not null then coalesce(p.name, p.phone_number) end as contact,
				case when clear is not null then m.body end as body
			from public.conversations v
			join public.phone_numbers n on n.id = v.phone_number_id
			join public.contacts p on p.id = v.contact_id
			left join public.messages m on m.id = v.last_message_id
			where v.organization_id = operator_conversations.organization_id and n.carrier <> 'test'
			order by v.last_message_at desc, v.id desc
			limit 30
		) c), '[]'));
end
$$;

-- The last fifty texts of a conversation, masked in the same way. Team conversations and notes are not shown, by no code.
create function private.operator_conversation(session text, conversation_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	live constant private.live_operator_sessions := private.require_operator(session, 'support');
	conversation public.conversations;
	clear timestamptz;
begin
	select c.* into conversation from public.conversations c
	where c.id = operator_conversation.conversation_id and c.phone_number_id is not null;
	if conversation.id is null then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	clear := private.unmasked_until(live.hash, conversation.organization_id);
	perform private.look(live, conversation.organization_id, 'conversation', 'conversation', conversation.id);
	return jsonb_build_object('id', conversation.id, 'organization_id', conversation.organization_id, 'unmasked_until', clear,
		'contact', (
			select case when clear is not null then coalesce(p.name, p.phone_number) end
			from public.contacts p where p.id = conversation.contact_id),
		'number', (select n.label from public.phone_numbers n where n.id = conversation.phone_number_id),
		'texts', coalesce((
			select jsonb_agg(to_jsonb(t) order by t.seq)
			from (
				select m.id, m.seq, m.direction, m.status, m.error_code, m.segments, m.carrier_message_id, m.created_at,
					case when clear is not null then m.body end as body
				from public.messages m
				where m.conversation_id = conversation.id
				order by m.seq desc
				limit 50
			) t), '[]'));
end
$$;

create function service.operator_organization(session text, organization_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.operator_organization(session, organization_id);
comment on function service.operator_organization(text, uuid) is
	'How an organization stands, for operators who said why; else its name. Each answer is a line in its audit log. Fails with not_found.';

create function service.operator_conversations(session text, organization_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.operator_conversations(session, organization_id);
comment on function service.operator_conversations(text, uuid) is
	'An organization''s conversations, without contacts and words unless its owner gave a code. Fails with visit_missing.';

create function service.operator_conversation(session text, conversation_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.operator_conversation(session, conversation_id);
comment on function service.operator_conversation(text, uuid) is
	'The last texts of one conversation, masked in the same way. Fails with not_found, visit_missing.';

grant execute on function
	service.operator_organization(text, uuid), private.operator_organization(text, uuid),
	service.operator_conversations(text, uuid), private.operator_conversations(text, uuid),
	service.operator_conversation(text, uuid), private.operator_conversation(text, uuid)
to service_role;
