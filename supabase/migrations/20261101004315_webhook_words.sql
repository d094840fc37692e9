-- What is said: of an event to a program, and of an endpoint to those who may do something about it.

-- The files of a text, in their order: what is known of them now. The bytes are had by api.attachments' id.
create function private.files_of(message_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return coalesce((
		select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'type', a.type, 'size', a.size, 'status', a.status)
			order by a.position)
		from public.attachments a
		where a.message_id = files_of.message_id), '[]');
end
$$;

-- What an event says, as it is sent: {type, timestamp, data}. Words and codes are what is kept of them now; with_codes: an endpoint
-- that asked for codes gets them, others the masked words.
create function private.webhook_payload(event private.webhook_events, with_codes boolean) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
	told jsonb;
begin
	case split_part(event.type, '.', 1)
		when 'message' then
			select jsonb_build_object('id', m.id, 'conversation_id', m.conversation_id, 'seq', m.seq, 'direction', m.direction,
				'contact_number', t.phone_number, 'idempotency_key', m.idempotency_key, 'segments', m.segments,
				'attachment_count', m.attachment_count, 'created_at', m.created_at,
				'attachments', case when m.attachment_count = 0 then '[]' else private.files_of(m.id) end)
				|| case when event.type = 'message.received' then jsonb_build_object(
					'body', case when m.masked_body is null or with_codes then m.body else m.masked_body end,
					'has_code', m.masked_body is not null) else '{}' end
			into told
			from public.messages m
			join public.conversations c on c.id = m.conversation_id
			join public.contacts t on t.id = c.contact_id
			where m.id = event.subject_id;
		when 'verification' then
			select jsonb_build_object('id', v.id, 'service_id', v.service_id, 'service_name', v.service_name, 'note', v.note,
				'requested_by', v.requested_by, 'api_key_id', v.api_key_id, 'expires_at', v.expires_at, 'created_at', v.created_at)
				|| case when event.type = 'verification.code_received' and with_codes then jsonb_build_object('code', v.code) else '{}' end
			into told
			from public.verifications v
			where v.id = event.subject_id;
		else
			told := '{}';
	end case;
	return jsonb_build_object('type', event.type, 'timestamp', event.created_at, 'data',
		jsonb_build_object('organization_id', event.organization_id)
		|| coalesce((
			select jsonb_build_object('phone_number_id', n.id, 'number', n.e164, 'number_label', n.label)
			from public.phone_numbers n where n.id = event.phone_number_id), '{}')
		-- what it was about is gone: its id is left
		|| coalesce(told, jsonb_build_object('id', event.subject_id, 'is_deleted', true))
		|| event.facts);
end
$$;

-- The letter and the notice to those who may do something about it.
create function private.tell_of_endpoint(template text, endpoint public.webhook_endpoints) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload)
	select 'send_letter', jsonb_build_object('template', tell_of_endpoint.template, 'user_id', m.user_id, 'details',
		jsonb_build_object('organization_name', o.name, 'slug', o.slug, 'endpoint_id', endpoint.id,
			'host', substring(endpoint.url from '^https?://([^/?]+)'), 'since', endpoint.failing_since))
	from public.organizations o
	join public.memberships m on m.organization_id = o.id and m.suspended_at is null
	join private.capabilities c on c.role = m.role and c.capability = 'webhooks:write'
	where o.id = endpoint.organization_id
	order by m.user_id;
	perform private.give_notice('webhooks:write', endpoint.organization_id, tell_of_endpoint.template, endpoint.id::text,
		jsonb_build_object('name', substring(endpoint.url from '^https?://([^/?]+)')));
end
$$;
