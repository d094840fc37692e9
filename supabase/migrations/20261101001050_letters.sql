-- Letters of our own, beside those that Auth sends: a verb writes one as a job in its transaction, the worker posts it.

-- Has a notice sent to a person: a template of functions/_shared/mail/letters.ts, and what it says. Their address is no
-- part of the job: the worker asks for the one they have when it leaves.
create function private.enqueue_letter(template text, user_id uuid, details jsonb default '{}') returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload)
	values ('send_letter', jsonb_build_object(
		'template', enqueue_letter.template, 'user_id', enqueue_letter.user_id, 'details', enqueue_letter.details));
end
$$;

-- The same to an address that is nobody's account (any more).
create function private.enqueue_letter_to(template text, address text, details jsonb default '{}') returns void
language plpgsql security definer set search_path = ''
as $$
begin
	insert into private.jobs (kind, payload)
	values ('send_letter', jsonb_build_object(
		'template', enqueue_letter_to.template, 'address', enqueue_letter_to.address, 'details', enqueue_letter_to.details));
end
$$;

-- Where a person's letters go and how they read a clock: {address, time_zone}; null for one who has no account any more.
create function private.letter_address(user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object('address', u.email, 'time_zone', p.time_zone)
		from public.profiles p
		join auth.users u on u.id = p.id
		where p.id = letter_address.user_id and p.anonymized_at is null and u.email <> '');
end
$$;
