-- Requests of the developer API that are safe to repeat: whoever sends an Idempotency-Key is given the same answer for a day,
-- however often the request comes.

create table private.idempotent_requests (
	-- who asked: `key:<id>` or `user:<id>`
	subject text collate "C" not null,
	key text collate "C" not null check (octet_length(key) between 1 and 200),
	-- SHA-256 of the method, the address and the body
	fingerprint bytea not null check (octet_length(fingerprint) = 32),
	-- until then nobody else does it; a function that is killed answers nobody
	leased_until timestamptz not null,
	-- what was answered: {status, headers, body}
	answer jsonb,
	created_at timestamptz not null default now(),
	primary key (subject, key)
);
comment on table private.idempotent_requests is
	'Writes that came with an Idempotency-Key, and what was answered. Kept for a day. One that was refused did nothing and leaves no row.';

create index idempotent_requests_oldest on private.idempotent_requests (created_at);

-- A function has no longer to answer than this.
create function private.begin_request(subject text, key text, fingerprint text, at timestamptz default clock_timestamp()) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	print constant bytea := decode(begin_request.fingerprint, 'hex');
	known private.idempotent_requests;
begin
	-- nobody waits for the disk here: what the request does is committed later, and nothing of that is kept without this
	perform set_config('synchronous_commit', 'off', true);
	insert into private.idempotent_requests as r (subject, key, fingerprint, leased_until, created_at)
	values (begin_request.subject, begin_request.key, print, at + interval '150 seconds', at)
	on conflict (subject, key) do update
	set fingerprint = excluded.fingerprint, leased_until = excluded.leased_until, created_at = excluded.created_at, answer = null
	where r.created_at <= at - interval '24 hours'
		or r.answer is null and r.leased_until <= at and r.fingerprint = excluded.fingerprint;
	if found then
		return jsonb_build_object('outcome', 'begun');
	end if;
	select r.* into known from private.idempotent_requests r
	where r.subject = begin_request.subject and r.key = begin_request.key;
	return case
		-- given up in between
		when known.key is null then jsonb_build_object('outcome', 'running')
		when known.fingerprint <> print then jsonb_build_object('outcome', 'reused')
		when known.answer is null then jsonb_build_object('outcome', 'running')
		else jsonb_build_object('outcome', 'kept', 'answer', known.answer)
	end;
end
$$;

create function private.keep_answer(subject text, key text, answer jsonb) returns void
language sql security definer set search_path = ''
begin atomic
	update private.idempotent_requests r set answer = keep_answer.answer
	where r.subject = keep_answer.subject and r.key = keep_answer.key and r.answer is null;
end;

create function private.forget_request(subject text, key text) returns void
language sql security definer set search_path = ''
begin atomic
	delete from private.idempotent_requests r
	where r.subject = forget_request.subject and r.key = forget_request.key and r.answer is null;
end;

create function private.forget_old_requests(batch integer) returns void
language sql security definer set search_path = ''
begin atomic
	delete from private.idempotent_requests r
	where (r.subject, r.key) in (
		select o.subject, o.key
		from private.idempotent_requests o
		where o.created_at <= now() - interval '24 hours'
		order by o.created_at
		limit batch
		for update skip locked);
end;

select cron.schedule('idempotent-requests', '* * * * *', 'select private.forget_old_requests(1000)');

create function service.begin_request(subject text, key text, fingerprint text, at timestamptz default clock_timestamp()) returns jsonb
language sql security invoker set search_path = ''
return private.begin_request(subject, key, fingerprint, at);
comment on function service.begin_request(text, text, text, timestamptz) is
	'Takes up a request that came with an Idempotency-Key: {outcome: "begun"}; {outcome: "kept", answer} where it was answered within a '
	'day; "running" while somebody is at it; "reused" where the key came with another request. fingerprint: SHA-256, in hexadecimal.';

create function service.keep_answer(subject text, key text, answer jsonb) returns void
language sql security invoker set search_path = ''
return private.keep_answer(subject, key, answer);
comment on function service.keep_answer(text, text, jsonb) is
	'Keeps what a request was answered that service.begin_request had begun: {status, headers, body}.';

create function service.forget_request(subject text, key text) returns void
language sql security invoker set search_path = ''
return private.forget_request(subject, key);
comment on function service.forget_request(text, text) is 'A request that was begun did nothing: its key is free again.';

grant execute on function
	service.begin_request(text, text, text, timestamptz), private.begin_request(text, text, text, timestamptz),
	service.keep_answer(text, text, jsonb), private.keep_answer(text, text, jsonb),
	service.forget_request(text, text), private.forget_request(text, text)
to edge, service_role;
