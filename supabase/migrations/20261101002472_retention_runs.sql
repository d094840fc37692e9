-- How the worker carries out what an organization keeps: once a day, in small steps.

-- Whether a text still has words that a class is about.
create function private.is_kept(m public.messages, class public.retention_class) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
	return m.body_removed_at is null and m.body <> ''
		and (class = 'bodies' or m.direction = 'inbound' and (m.masked_body is not null or private.has_code(m.body)));
end
$$;

-- The words of texts, from here to there, and where else they stand: what the carrier told of them, and what they were before
-- their time to be sent. A text that is still on its way keeps them. Answers how many.
create function private.remove_bodies(
	organization_id uuid, class public.retention_class, since uuid, until uuid
) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	ids uuid[];
begin
	-- one order for all who want several: nobody waits in a circle
	perform private.lock_verifications_of(array(
		select c.message_id from public.message_codes c
		where c.organization_id = remove_bodies.organization_id and c.message_id >= since and c.message_id < until));
	ids := array(
		select m.id from public.messages m
		where m.organization_id = remove_bodies.organization_id and m.id >= since and m.id < until
			and private.is_kept(m, remove_bodies.class) and m.status not in ('queued', 'sending')
		order by m.id
		for no key update skip locked);
	perform from public.conversations c
	where c.id in (select m.conversation_id from public.messages m where m.id = any (ids))
	order by c.id
	for no key update;
	perform private.forget_words(ids);
	perform private.forget_codes(ids);
	update public.messages m set body = '', masked_body = null, body_removed_at = now() where m.id = any (ids);
	return cardinality(ids);
end
$$;

create function private.forget_words(message_ids uuid[]) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update private.provider_events e
	set payload = '{}'
	from public.messages m
	where m.id = any (message_ids) and e.provider = m.carrier and e.event_key = 'message:' || m.carrier_message_id;
	delete from public.scheduled_messages s where s.message_id = any (message_ids);
end
$$;

-- Files of texts, from here to there. The worker removes what they hold; open threads learn that they are gone.
create function private.remove_files(organization_id uuid, since uuid, until uuid) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	removed bigint;
	texts uuid[];
begin
	with gone as (
		delete from public.attachments a
		where a.organization_id = remove_files.organization_id and a.message_id is not null
			and a.id >= since and a.id < until
		returning a.message_id)
	select count(*), array_agg(distinct g.message_id) into removed, texts from gone g;
	perform from public.conversations c
	where c.id in (select m.conversation_id from public.messages m where m.id = any (texts))
	order by c.id
	for no key update;
	update public.messages m set revision = m.revision + 1 where m.id = any (texts);
	return removed;
end
$$;

-- Conversations that nobody has written in for so long, the longest first, each emptied piece by piece. Contacts stay, and so
-- does who may not be texted. Answers how many are gone; null once there are no more.
create function private.remove_idle_conversations(organization_id uuid, before timestamptz, batch integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	removed bigint;
	texts uuid[];
	ids constant uuid[] := array(
		select c.id from public.conversations c
		where c.id in (
				select i from private.idle_conversations(remove_idle_conversations.organization_id, before,
					greatest(batch / 20, 1)) i)
			and c.last_message_at < before
		order by c.id
		for update skip locked);
begin
	if cardinality(ids) = 0 then
		return null;
	end if;
	texts := array(select m.id from public.messages m where m.conversation_id = any (ids) limit batch);
	perform private.forget_words(texts);
	delete from public.messages m where m.id = any (texts);
	delete from public.conversations c
	where c.id = any (ids) and not exists (select from public.messages m where m.conversation_id = c.id);
	get diagnostics removed = row_count;
	return removed;
end
$$;

-- One step of a rule: up to so many texts or files are looked at. Answers what it removed.
create function private.apply_rule(rule public.retention_rules, most integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
	progress private.retention_progress;
	gone bigint;
	since uuid;
	until uuid;
	-- where the next step begins; null: the run is over
	next_id uuid;
begin
	select p.* into progress from private.retention_progress p
	where p.organization_id = rule.organization_id and p.class = rule.class
	for update;
	since := coalesce(progress.at_id, progress.from_id);
	until := private.first_id_at(now() - make_interval(days => rule.days));

	if rule.class = 'metadata' then
		gone := private.remove_idle_conversations(rule.organization_id, now() - make_interval(days => rule.days), most);
		next_id := case when gone is not null then since end;
		gone := coalesce(gone, 0);
	elsif rule.class = 'attachments' then
		select a.id into next_id from public.attachments a
		where a.organization_id = rule.organization_id and a.message_id is not null and a.id >= since and a.id < until
		order by a.id offset most limit 1;
		gone := private.remove_files(rule.organization_id, since, coalesce(next_id, until));
	else
		select m.id into next_id from public.messages m
		where m.organization_id = rule.organization_id and m.id >= since and m.id < until
		order by m.id offset most limit 1;
		gone := private.remove_bodies(rule.organization_id, rule.class, since, coalesce(next_id, until));
		-- on its way, or in somebody's hands just now: the next run begins there
		progress.left_id := coalesce(progress.left_id, (
			select m.id from public.messages m
			where m.organization_id = rule.organization_id and m.id >= since and m.id < coalesce(next_id, until)
				and private.is_kept(m, rule.class)
			order by m.id
			limit 1));
	end if;

	gone := gone + progress.removed;
	if next_id is null and gone > 0 then
		perform private.audit(rule.organization_id, 'retention.applied', 'organization', rule.organization_id, null,
			jsonb_build_object('class', rule.class, 'days', rule.days, 'removed', gone));
	end if;
	update private.retention_progress p
	set at_id = next_id,
		left_id = case when next_id is not null then progress.left_id end,
		-- a rule may have become longer meanwhile: what is done is done
		from_id = case when next_id is not null then p.from_id
			else coalesce(progress.left_id, greatest(p.from_id, until)) end,
		removed = case when next_id is not null then gone else 0 end,
		finished_at = case when next_id is null then now() else p.finished_at end,
		failed_at = null, failure = null
	where p.organization_id = rule.organization_id and p.class = rule.class;
	return gone - progress.removed;
end
$$;

-- What is carried out: an organization's own rules and what its plan keeps at most, the shorter of the two.
create function private.rules_in_force() returns table (organization_id uuid, class public.retention_class, days integer)
language plpgsql stable security definer set search_path = ''
as $$
begin
	return query
		select every.organization_id, every.class, min(every.days)
		from (
			select r.organization_id, r.class, r.days from public.retention_rules r
			union all
			select p.organization_id, c.class, p.days
			from public.plan_retention p
			cross join (values ('bodies'::public.retention_class), ('attachments')) c (class)
			where p.applies_at <= now()
		) every
		group by every.organization_id, every.class;
end
$$;

-- One step of one rule. A rule whose run ended less than 20 hours ago rests, and so does for an hour one whose step failed:
-- what it did in that step is undone, why is kept, and the next rule has its turn.
create function private.apply_retention(batch integer) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	rule public.retention_rules;
	removed bigint;
begin
	insert into private.retention_progress (organization_id, class)
	select r.organization_id, r.class from private.rules_in_force() r
	where not exists (
		select from private.retention_progress p where p.organization_id = r.organization_id and p.class = r.class)
	on conflict do nothing;
	select r.organization_id, r.class, r.days into rule.organization_id, rule.class, rule.days
	from private.rules_in_force() r
	join private.retention_progress p on p.organization_id = r.organization_id and p.class = r.class
	where coalesce(p.finished_at, '-infinity') < now() - interval '20 hours'
		and coalesce(p.failed_at, '-infinity') < now() - interval '1 hour'
	order by r.organization_id, r.class
	limit 1
	for update of p skip locked;
	if rule.organization_id is null then
		return jsonb_build_object('removed', 0, 'more', false);
	end if;
	-- an owner who lets texts stay longer just now is waited for, or waits
	perform from public.retention_rules r
	where r.organization_id = rule.organization_id and r.class = rule.class
	for share;
	if not exists (
		select from private.rules_in_force() r
		where r.organization_id = rule.organization_id and r.class = rule.class and r.days = rule.days)
	then
		return jsonb_build_object('class', rule.class, 'removed', 0, 'more', true);
	end if;

	begin
		removed := private.apply_rule(rule, least(greatest(coalesce(apply_retention.batch, 0), 1), 1000));
	exception
		-- a step that takes too long is cancelled, which "others" leaves out
		when query_canceled or others then
			update private.retention_progress p set failed_at = now(), failure = sqlerrm
			where p.organization_id = rule.organization_id and p.class = rule.class;
			return jsonb_build_object('class', rule.class, 'removed', 0, 'more', true,
				'failed', rule.organization_id || ' ' || rule.class || ': ' || sqlerrm);
	end;
	return jsonb_build_object('class', rule.class, 'removed', removed, 'more', true);
end
$$;

-- Has the worker carry the rules out, unless it is about to.
create function private.begin_retention() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, queue_key)
	select 'apply_retention', 'retention'
	where exists (select from private.rules_in_force())
		and not exists (
			select from private.jobs j
			where j.queue_key = 'retention' and j.completed_at is null and j.parked_at is null
				and (j.leased_until is null or j.leased_until <= now()));
end
$$;
-- once a day; the stack's clock knows only "every minute"
select cron.schedule('retention', '* * * * *',
	$$select private.begin_retention() where extract(hour from now()) = 3 and extract(minute from now()) = 17$$);

create function service.apply_retention(batch integer) returns jsonb
language sql security invoker set search_path = ''
return private.apply_retention(batch);
comment on function service.apply_retention(integer) is
	'One step of what organizations want removed, of up to so many texts or files: {class, removed, more, failed}; more asks to be '
	'called again. Each rule has one run a day, whose sum is one line in the book; failed says why a step did not work, which holds '
	'up no other rule.';

create function service.begin_retention() returns void
language sql security invoker set search_path = ''
return private.begin_retention();
comment on function service.begin_retention() is 'Has the worker go on with it in another job.';

grant execute on function
	service.apply_retention(integer), private.apply_retention(integer),
	service.begin_retention(), private.begin_retention()
to edge, service_role;
