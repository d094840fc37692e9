-- What people say of an API key, as it is kept: its name, what it may do, on which numbers, from where and until when.

-- The name as it is kept. Fails with key_name_invalid.
create function private.key_name(name text) returns text
language plpgsql set search_path = ''
as $$
declare
	word constant text := btrim(regexp_replace(coalesce(key_name.name, ''), '\s+', ' ', 'g'));
begin
	if char_length(word) not between 1 and 60 then
		perform private.fail(422, 'key_name_invalid', 'Give the key a name of at most 60 characters. Nothing was changed.');
	end if;
	return word;
end
$$;

-- What a key may, as it is kept: each once, in order. Fails with key_scopes_invalid.
create function private.key_scopes_of(scopes text[]) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
declare
	wanted constant text[] := array(select distinct w from unnest(key_scopes_of.scopes) w order by w);
begin
	if cardinality(wanted) = 0
		or exists (select from unnest(wanted) w where w is null or not exists (select from private.key_scopes s where s.scope = w))
	then
		perform private.fail(422, 'key_scopes_invalid', 'Choose what the key may do. Nothing was changed.');
	end if;
	return wanted;
end
$$;

-- The numbers a key is for, as they are kept: null for all. Fails with not_found.
create function private.key_numbers_of(organization_id uuid, phone_number_ids uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
	numbers constant uuid[] := array(select distinct n from unnest(key_numbers_of.phone_number_ids) n order by n);
begin
	if exists (
		select from unnest(numbers) w (id)
		where not exists (
			select from public.phone_numbers n
			where n.id = w.id and n.organization_id = key_numbers_of.organization_id and n.released_at is null))
	then
		perform private.fail(404, 'not_found', 'It was moved or deleted, or this account may not see it.');
	end if;
	return nullif(numbers, '{}');
end
$$;

-- From where a key may be used, as it is kept: null for anywhere. Fails with key_address_invalid.
create function private.key_networks_of(allowed_from text[]) returns cidr[]
language plpgsql immutable set search_path = ''
as $$
declare
	networks cidr[];
begin
	begin
		-- an address is a network of one
		networks := array(select distinct network(btrim(a)::inet)::cidr from unnest(key_networks_of.allowed_from) a where btrim(a) <> '');
	exception when invalid_text_representation then
		perform private.fail(422, 'key_address_invalid',
			'An address is like 203.0.113.7, a network like 203.0.113.0/24. Nothing was changed.');
	end;
	if cardinality(networks) > 50 then
		perform private.fail(422, 'key_address_invalid',
			'An address is like 203.0.113.7, a network like 203.0.113.0/24. Nothing was changed.');
	end if;
	return nullif(networks, '{}');
end
$$;

-- Fails with key_expiry_invalid.
create function private.require_expiry(expires_at timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
	if require_expiry.expires_at <= now() then
		perform private.fail(422, 'key_expiry_invalid', 'Choose a day that is still to come. Nothing was changed.');
	end if;
end
$$;

-- Whether a list allows what another did not; null allows everything.
create function private.is_wider(allowed text[], before text[]) returns boolean
language sql immutable set search_path = ''
return before is not null and (allowed is null or not allowed <@ before);
