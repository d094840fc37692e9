-- Lists of who must not be texted, brought from elsewhere; and what an organization itself answers to the keywords.

-- Rows: [{row, phone_number_id, contact_number, opted_out_at, note}]; without a number it is all numbers that the caller
-- sees. A dry run counts and changes nothing.
create function private.import_opt_outs(organization_id uuid, rows jsonb, dry_run boolean) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	caller constant uuid := private.require('opt_outs:update', import_opt_outs.organization_id);
	numbers constant uuid[] := array(
		select n.id from public.phone_numbers n
		where n.organization_id = import_opt_outs.organization_id and n.released_at is null
			and n.id = any ((select private.my_phone_number_ids())::uuid[]));
	refused jsonb;
	wanted integer;
	added integer := 0;
	known integer;
begin
	if jsonb_typeof(rows) is distinct from 'array' or jsonb_array_length(rows) > 5000 then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;
	-- what is no timestamp is refused as a whole: pages and programs send what they have read, not what was typed
	if exists (
		select from jsonb_array_elements(rows) r
		where not pg_input_is_valid(coalesce(r ->> 'opted_out_at', 'now'), 'timestamptz')
			or not pg_input_is_valid(coalesce(r ->> 'phone_number_id', '00000000-0000-0000-0000-000000000000'), 'uuid')
			or not pg_input_is_valid(coalesce(r ->> 'row', 'x'), 'integer'))
	then
		perform private.fail(400, 'malformed', 'The request does not have the form it should have. Nothing was stored.');
	end if;

	create temporary table if not exists pg_temp.opt_out_import (
		place integer, phone_number_id uuid, contact_number text, opted_out_at timestamptz, note text, reason text
	) on commit drop;
	truncate pg_temp.opt_out_import;
	insert into pg_temp.opt_out_import
	select (r ->> 'row')::integer, (r ->> 'phone_number_id')::uuid, r ->> 'contact_number',
		least(now(), coalesce((r ->> 'opted_out_at')::timestamptz, now())), left(nullif(btrim(r ->> 'note'), ''), 500),
		case
			when coalesce(r ->> 'contact_number', '') !~ '^\+[1-9][0-9]{6,14}$' then 'phone_number_invalid'
			when r ->> 'phone_number_id' is not null and not (r ->> 'phone_number_id')::uuid = any (numbers) then 'not_found'
		end
	from jsonb_array_elements(rows) r;

	select coalesce(jsonb_agg(jsonb_build_object('row', i.place, 'slug', i.reason) order by i.place), '[]') into refused
	from pg_temp.opt_out_import i where i.reason is not null;
	select count(*), count(o.contact_number) into wanted, known
	from (
		select distinct n.id, i.contact_number
		from pg_temp.opt_out_import i
		join unnest(numbers) n (id) on n.id = coalesce(i.phone_number_id, n.id)
		where i.reason is null
	) pair
	left join public.opt_outs o on o.phone_number_id = pair.id and o.contact_number = pair.contact_number;
	added := wanted - known;

	if not dry_run then
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, opted_out_at, source, added_by, note)
		select distinct on (n.id, i.contact_number)
			import_opt_outs.organization_id, n.id, i.contact_number, i.opted_out_at, 'import', caller, i.note
		from pg_temp.opt_out_import i
		join unnest(numbers) n (id) on n.id = coalesce(i.phone_number_id, n.id)
		where i.reason is null
		order by n.id, i.contact_number, i.opted_out_at
		on conflict (phone_number_id, contact_number) do nothing;
		get diagnostics added = row_count;
		perform private.audit(import_opt_outs.organization_id, 'opt_out.imported', 'organization',
			import_opt_outs.organization_id, null, jsonb_build_object('added', added));
	end if;
	return jsonb_build_object('added', added, 'known', known, 'refused', refused);
end
$$;

create function api.import_opt_outs(organization_id uuid, rows jsonb, dry_run boolean default true) returns jsonb
language sql security invoker set search_path = ''
return private.import_opt_outs(organization_id, rows, dry_run);
comment on function api.import_opt_outs(uuid, jsonb, boolean) is
	'Adds up to 5,000 rows [{row, phone_number_id, contact_number, opted_out_at, note}] to the list of those who may not be texted, or '
	'with dry_run says what would happen: {added, known, refused: [{row, slug}]}. Without phone_number_id a row is for all numbers. '
	'Fails with session_ended, not_found, not_allowed, malformed.';

create function private.set_opt_out_replies(organization_id uuid, stop_text text, start_text text, help_text text) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	perform private.require('opt_outs:update', set_opt_out_replies.organization_id);
	if greatest(char_length(stop_text), char_length(start_text), char_length(help_text)) > 300
		or concat(stop_text, start_text, help_text) ~ '\{\{[^{}]{1,60}\}\}'
	then
		perform private.fail(422, 'reply_invalid', 'A reply has at most 300 characters, and no {{ }}. Nothing was changed.');
	end if;
	insert into public.opt_out_replies as r (organization_id, stop_text, start_text, help_text)
	values (set_opt_out_replies.organization_id, nullif(btrim(stop_text), ''), nullif(btrim(start_text), ''),
		nullif(btrim(help_text), ''))
	on conflict (organization_id) do update
		set stop_text = excluded.stop_text, start_text = excluded.start_text, help_text = excluded.help_text, updated_at = now();
	perform private.audit(set_opt_out_replies.organization_id, 'opt_out.replies_changed', 'organization',
		set_opt_out_replies.organization_id, null,
		jsonb_build_object('stop_text', stop_text, 'start_text', start_text, 'help_text', help_text));
end
$$;

create function api.set_opt_out_replies(organization_id uuid, stop_text text, start_text text, help_text text) returns void
language sql security invoker set search_path = ''
return private.set_opt_out_replies(organization_id, stop_text, start_text, help_text);
comment on function api.set_opt_out_replies(uuid, text, text, text) is
	'What is answered to STOP, START and HELP; an empty text is silence. Fails with session_ended, not_found, not_allowed, '
	'reply_invalid.';

grant execute on function
	api.import_opt_outs(uuid, jsonb, boolean), private.import_opt_outs(uuid, jsonb, boolean),
	api.set_opt_out_replies(uuid, text, text, text), private.set_opt_out_replies(uuid, text, text, text)
to authenticated;
