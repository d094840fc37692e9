-- Letters about what people were told: one by one, or what gathered in one; and the way out of them (RFC 8058).

create table private.digests (
	user_id uuid not null,
	organization_id uuid not null,
	cadence public.notification_email not null,
	due_at timestamptz not null,
	primary key (user_id, organization_id, cadence, due_at),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table private.digests is 'Letters of an hour or a day that something waits for: one job each.';
create index digests_due on private.digests (due_at);

create table private.unsubscribe_tokens (
	-- as it stands in letters: all it does is to end them, and old letters have to go on working
	token text primary key default encode(extensions.gen_random_bytes(24), 'hex'),
	user_id uuid not null,
	organization_id uuid not null,
	about text not null,
	unique (user_id, organization_id, about),
	foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table private.unsubscribe_tokens is
	'Who may end which letters without signing in. about: an event, or hourly or daily for letters about several.';

create function private.unsubscribe_token(user_id uuid, organization_id uuid, about text) returns text
language sql volatile security definer set search_path = ''
begin atomic
	insert into private.unsubscribe_tokens as k (user_id, organization_id, about)
	values (unsubscribe_token.user_id, unsubscribe_token.organization_id, unsubscribe_token.about)
	on conflict on constraint unsubscribe_tokens_user_id_organization_id_about_key do update set about = excluded.about
	returning k.token;
end;

-- Tells of it in every way that was chosen: open pages at once, the rest through jobs of this transaction.
create function private.deliver_notification() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	due timestamptz;
begin
	if new.bell then
		perform private.hint_notification(new.user_id, new.organization_id);
	end if;
	if new.push then
		perform private.enqueue_pushes(new);
	end if;
	if new.email in ('hourly', 'daily') then
		due := private.digest_due(new.user_id, new.email, now());
		insert into private.digests (user_id, organization_id, cadence, due_at)
		values (new.user_id, new.organization_id, new.email, due)
		on conflict do nothing;
		if found then
			insert into private.jobs (kind, payload, run_at)
			values ('send_digest', jsonb_build_object('user_id', new.user_id, 'organization_id', new.organization_id,
				'cadence', new.email, 'due_at', due), due);
		end if;
	-- a notice has its own letter, with more in it
	elsif new.email <> 'off' and (new.kind <> 'notice' or new.topic = 'test') then
		insert into private.jobs (kind, payload, run_at)
		values ('send_letter', jsonb_build_object('template', 'notification', 'notification_id', new.id),
			case when new.event is null then now() else private.after_quiet(new.user_id, new.event,
				now() + case when new.email = 'unread' then interval '5 minutes' else '0' end) end);
	end if;
	return null;
end
$$;
create trigger deliver_notification after insert on public.notifications
	for each row execute function private.deliver_notification();

-- A further text in a conversation that is unread anyway: devices say so; the bell counts on without a word.
create function private.deliver_further_text() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.enqueue_pushes(new);
	return null;
end
$$;
create trigger deliver_further_text after update of texts on public.notifications
	for each row when (new.texts > old.texts and new.push) execute function private.deliver_further_text();

-- Of what a letter is due, and to whom: null when it was read meanwhile, may not be seen any more, or (where it waited to be
-- unread) another letter about the same conversation left within the hour.
create function private.notification_letter(notification_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	told public.notifications;
	due timestamptz;
begin
	select t.* into told
	from public.notifications t
	where t.id = notification_letter.notification_id and t.read_at is null and t.email in ('unread', 'at_once')
		and private.may_be_told(t)
		and (t.email = 'at_once' or not exists (
			select from public.notifications e
			where e.user_id = t.user_id and e.conversation_id = t.conversation_id and e.id <> t.id
				and e.emailed_at > now() - interval '1 hour'));
	if told.id is null then
		return null;
	end if;
	due := private.after_quiet(told.user_id, told.event, now());
	if due > now() and told.event is not null then
		return jsonb_build_object('wait_until', due);
	end if;
	update public.notifications t set emailed_at = coalesce(t.emailed_at, now()) where t.id = told.id;
	return private.letter_address(told.user_id) || jsonb_build_object(
		'details', private.told_words(told),
		-- a test is no kind of letter that one could end
		'unsubscribe', case when told.event is not null then
			private.unsubscribe_token(told.user_id, told.organization_id, told.event::text) end);
end
$$;

-- What a letter about several tells: what is still unread and may still be seen. Asked again it says the same.
create function private.take_digest(
	user_id uuid, organization_id uuid, cadence public.notification_email, due_at timestamptz
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	told uuid[];
begin
	select array_agg(t.id order by t.id) into told
	from public.notifications t
	where t.user_id = take_digest.user_id and t.organization_id = take_digest.organization_id and t.email = take_digest.cadence
		and coalesce(t.emailed_at, take_digest.due_at) = take_digest.due_at and t.created_at < take_digest.due_at
		and (t.read_at is null or t.emailed_at is not null) and private.may_be_told(t);
	if told is null then
		return null;
	end if;
	update public.notifications t set emailed_at = take_digest.due_at where t.id = any (told) and t.emailed_at is null;
	return private.letter_address(take_digest.user_id) || jsonb_build_object(
		'details', (
			select jsonb_build_object('organization_name', o.name, 'slug', o.slug, 'cadence', take_digest.cadence,
				'total', cardinality(told), 'entries', (
					select jsonb_agg(private.told_words(t) order by t.id)
					from public.notifications t
					where t.id = any (told[1:50])))
			from public.organizations o
			where o.id = take_digest.organization_id),
		'unsubscribe', private.unsubscribe_token(take_digest.user_id, take_digest.organization_id, take_digest.cadence::text));
end
$$;

-- What an organization's letter with words of its own is about, by its template; null for one that is not for people to
-- choose: a receipt, an answer to what they did, what is about their account.
create function private.event_of_letter(template text) returns public.notification_event
language sql immutable set search_path = ''
return case
	when template in ('number_bought', 'number_not_bought') then null
	when template ~ '^(number|key|webhook|payment|plan|auto_top_up|usage|limit)_' then private.event_of_topic(template)
end;

-- Where a letter goes, if its reader still wants it: {address, time_zone, unsubscribe?}, or {wait_until} in quiet hours.
create function private.letter_reader(user_id uuid, template text, slug text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	about constant public.notification_event := private.event_of_letter(letter_reader.template);
	home constant uuid := (
		select m.organization_id
		from public.organizations o
		join public.memberships m on m.organization_id = o.id and m.suspended_at is null
		where o.slug = letter_reader.slug and m.user_id = letter_reader.user_id);
	due timestamptz;
begin
	if about is null or letter_reader.slug is null then
		return private.letter_address(letter_reader.user_id);
	end if;
	if home is null or (
		select c.email from private.chosen_channels(letter_reader.user_id, home, null, about) c) <> 'at_once'
	then
		return null;
	end if;
	due := private.after_quiet(letter_reader.user_id, about, now());
	if due > now() then
		return jsonb_build_object('wait_until', due);
	end if;
	return private.letter_address(letter_reader.user_id)
		|| jsonb_build_object('unsubscribe', private.unsubscribe_token(letter_reader.user_id, home, about::text));
end
$$;

-- What a token ends: {about, organization_name}; null for one that nobody was given, or whose person has left.
create function private.unsubscribe_preview(token text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('about', k.about, 'organization_name', o.name)
		from private.unsubscribe_tokens k
		join public.organizations o on o.id = k.organization_id
		where k.token = unsubscribe_preview.token);
end
$$;

-- No more letters of this kind, at any number; everything else stays as it was chosen. Answers what unsubscribe_preview does.
create function private.unsubscribe(token text) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
	holder private.unsubscribe_tokens;
begin
	select k.* into holder from private.unsubscribe_tokens k where k.token = unsubscribe.token;
	if holder.token is null then
		return null;
	end if;
	update private.notification_choices c
	set email = 'off'
	where c.user_id = holder.user_id and c.organization_id = holder.organization_id
		and holder.about in (c.event::text, c.email::text);
	insert into private.notification_choices (user_id, organization_id, event, bell, push, email)
	select holder.user_id, holder.organization_id, d.event, c.bell, c.push, 'off'
	from private.notification_defaults d
	cross join lateral private.chosen_channels(holder.user_id, holder.organization_id, null, d.event) c
	where holder.about in (d.event::text, c.email::text)
	on conflict do nothing;
	perform private.quieten_notifications(holder.user_id, holder.organization_id);
	return private.unsubscribe_preview(holder.token);
end
$$;

-- Once an hour: letters that have left.
create function private.prune_digests() returns void
language plpgsql security definer set search_path = ''
as $$
begin
	delete from private.digests d
	where (d.user_id, d.organization_id, d.cadence, d.due_at) in (
		select o.user_id, o.organization_id, o.cadence, o.due_at
		from private.digests o
		where o.due_at < now() - interval '2 days'
		order by o.due_at
		limit 5000);
end
$$;
select cron.schedule('digests', '* * * * *', 'select private.prune_digests() where extract(minute from now()) = 43');

create function service.notification_letter(notification_id uuid) returns jsonb
language sql security invoker set search_path = ''
return private.notification_letter(notification_id);
comment on function service.notification_letter(uuid) is
	'To whom a letter about a notification goes and what it says: {address, time_zone, details, unsubscribe}, or {wait_until} in '
	'quiet hours; null when none is due (any more).';

create function service.take_digest(
	user_id uuid, organization_id uuid, cadence public.notification_email, due_at timestamptz
) returns jsonb
language sql security invoker set search_path = ''
return private.take_digest(user_id, organization_id, cadence, due_at);
comment on function service.take_digest(uuid, uuid, public.notification_email, timestamptz) is
	'What a letter of an hour or a day says: {address, time_zone, details: {organization_name, slug, cadence, total, entries}, '
	'unsubscribe}; null when nothing is left to tell. Asked again it answers the same.';

create function service.letter_reader(user_id uuid, template text, slug text) returns jsonb
language sql security invoker set search_path = ''
return private.letter_reader(user_id, template, slug);
comment on function service.letter_reader(uuid, text, text) is
	'Where a letter of a template about an organization goes: {address, time_zone, unsubscribe?}, or {wait_until} in quiet hours; '
	'null for somebody who has no account any more, or does not want it.';

create function service.unsubscribe_preview(token text) returns jsonb
language sql stable security invoker set search_path = ''
return private.unsubscribe_preview(token);
comment on function service.unsubscribe_preview(text) is
	'What a token out of a letter would end: {about, organization_name}; null for one that nobody was given.';

create function service.unsubscribe(token text) returns jsonb
language sql security invoker set search_path = ''
return private.unsubscribe(token);
comment on function service.unsubscribe(text) is
	'Ends the letters that a token out of one of them is for, and answers as unsubscribe_preview; again changes nothing.';

grant execute on function
	service.notification_letter(uuid), private.notification_letter(uuid),
	service.take_digest(uuid, uuid, public.notification_email, timestamptz),
	private.take_digest(uuid, uuid, public.notification_email, timestamptz),
	service.letter_reader(uuid, text, text), private.letter_reader(uuid, text, text),
	service.unsubscribe_preview(text), private.unsubscribe_preview(text),
	service.unsubscribe(text), private.unsubscribe(text)
to edge, service_role;
