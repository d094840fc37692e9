-- Links to files that cannot travel as files.

create table private.attachment_links (
	token_hash bytea primary key,
	attachment_id uuid not null references public.attachments (id) on delete cascade,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null
);
comment on table private.attachment_links is
	'Links that stand in a text where a file cannot be sent. Whoever has the link may have the file until then; of the link, only a hash is kept.';

create index attachment_links_attachment on private.attachment_links (attachment_id);

-- A link to a file that cannot travel as one. It works for seven days, and keeps the file that long.
create function private.link_attachment(attachment_id uuid) returns text
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	attachment constant public.attachments := private.my_unsent_attachment(link_attachment.attachment_id);
	token constant text := rtrim(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '=');
	until constant timestamptz := now() + interval '7 days';
begin
	if attachment.status <> 'ready' then
		perform private.fail(409, 'attachment_not_ready', 'A file is still being looked at. Nothing was sent; try again in a moment.');
	end if;
	insert into private.attachment_links (token_hash, attachment_id, expires_at)
	values (sha256(convert_to(token, 'UTF8')), attachment.id, until);
	update public.attachments a set expires_at = until where a.id = attachment.id;
	return token;
end
$$;

create function api.link_attachment(attachment_id uuid) returns text
language sql security invoker set search_path = ''
return private.link_attachment(attachment_id);
comment on function api.link_attachment(uuid) is
	'The token of a link to a file that was put up and not sent, for seven days. Fails with not_found, not_allowed, attachment_not_ready.';

grant execute on function api.link_attachment(uuid), private.link_attachment(uuid) to authenticated;
