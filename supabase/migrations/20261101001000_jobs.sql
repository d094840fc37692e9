-- The transactional outbox: every side effect is a row here, written with the fact it follows from. Time tells the worker.

create table private.jobs (
	id uuid primary key default private.uuid_v7(),
	ordinal bigint generated always as identity,
	kind text not null,
	queue_key text,
	payload jsonb not null default '{}',
	run_at timestamptz not null default now(),
	attempts integer not null default 0,
	max_attempts integer not null default 12,
	lease uuid,
	leased_until timestamptz,
	last_error text,
	completed_at timestamptz,
	parked_at timestamptz,
	created_at timestamptz not null default now(),
	-- the request that is the cause of it, as the logs of all rooms call it (x-request-id); of work that time began there is none
	request_id text default substring(
		nullif(current_setting('request.headers', true), '')::json ->> 'x-request-id' from '^[A-Za-z0-9_-]{8,64}$')
);
comment on table private.jobs is
	'What is still to be done outside. A worker leases a job, and completes it, fails it for later, or parks it where an '
	'operator can see and replay it. Jobs of one queue_key run one after the other, in the order of ordinal.';

create index jobs_due on private.jobs (run_at) where completed_at is null and parked_at is null;
create index jobs_queue on private.jobs (queue_key, ordinal) where completed_at is null and parked_at is null;
create index jobs_parked on private.jobs (parked_at) where parked_at is not null;

-- Wakes the worker. Address and secret are kept in the vault; without them (a database of its own) nobody is woken.
create function private.ring_worker() returns void
language plpgsql security definer set search_path = ''
as $$
declare
	address text;
	secret text;
begin
	select max(s.decrypted_secret) filter (where s.name = 'worker_url'),
		max(s.decrypted_secret) filter (where s.name = 'worker_secret')
	into address, secret
	from vault.decrypted_secrets s
	where s.name in ('worker_url', 'worker_secret');

	if address is not null and secret is not null then
		perform net.http_post(
			url := address,
			body := '{}'::jsonb,
			headers := jsonb_build_object('content-type', 'application/json', 'authorization', 'Bearer ' || secret));
	end if;
end
$$;

create function private.on_new_jobs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.ring_worker();
	return null;
end
$$;

create trigger on_new_jobs after insert on private.jobs
	for each statement execute function private.on_new_jobs();

-- The safety net under the doorbell: whatever waited for its time, or was left by a worker that died.
select cron.schedule('worker', '10 seconds', 'select private.ring_worker()');

-- Leases up to `batch` due jobs for `lease_seconds`. Of each queue only the oldest unfinished one is ever out.
create function private.claim_jobs(kinds text[], batch integer, lease_seconds integer)
returns table (id uuid, kind text, payload jsonb, attempts integer, lease uuid, request_id text)
language plpgsql security definer set search_path = ''
as $$
begin
	-- a job whose last permitted attempt ended with its worker is hopeless as well
	update private.jobs j
	set parked_at = now(), lease = null, leased_until = null,
		last_error = coalesce(j.last_error, 'The worker ended during the last attempt.')
	where j.completed_at is null and j.parked_at is null and j.attempts >= j.max_attempts
		and j.run_at <= now() and (j.leased_until is null or j.leased_until <= now());

	return query
		update private.jobs j
		set lease = gen_random_uuid(),
			leased_until = clock_timestamp() + make_interval(secs => lease_seconds),
			attempts = j.attempts + 1
		from (
			select due.id
			from private.jobs due
			where due.completed_at is null and due.parked_at is null
				and due.kind = any (kinds)
				and due.run_at <= now()
				and (due.leased_until is null or due.leased_until <= now())
				and (due.queue_key is null or not exists (
					select from private.jobs earlier
					where earlier.queue_key = due.queue_key and earlier.ordinal < due.ordinal
						and earlier.completed_at is null and earlier.parked_at is null))
			order by due.run_at, due.ordinal
			limit batch
			for update skip locked
		) claimed
		where j.id = claimed.id
		returning j.id, j.kind, j.payload, j.attempts, j.lease, j.request_id;
end
$$;

create function private.complete_job(job_id uuid, lease uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	update private.jobs j
	set completed_at = now(), lease = null, leased_until = null
	where j.id = job_id and j.lease = complete_job.lease and j.completed_at is null and j.parked_at is null;
	return found;
end
$$;

create function private.fail_job(job_id uuid, lease uuid, error text, retry_in_seconds integer) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	update private.jobs j
	set last_error = left(error, 2000), lease = null, leased_until = null,
		run_at = now() + make_interval(secs => coalesce(retry_in_seconds, 0)),
		parked_at = case when retry_in_seconds is null or j.attempts >= j.max_attempts then now() end
	where j.id = job_id and j.lease = fail_job.lease and j.completed_at is null and j.parked_at is null;
	return found;
end
$$;

create function private.continue_job(job_id uuid, lease uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
	update private.jobs j
	set last_error = null, lease = null, leased_until = null, run_at = now(), attempts = 0
	where j.id = job_id and j.lease = continue_job.lease and j.completed_at is null and j.parked_at is null;
	return found;
end
$$;

-- What was done a week ago is forgotten, a batch a minute. Ids begin with their time: the oldest jobs that are still there are looked
-- through, of which few are not over.
create function private.forget_done_jobs(at timestamptz default now(), batch integer default 10000) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	forgotten integer;
	week_ago constant timestamptz := forget_done_jobs.at - interval '7 days';
begin
	delete from private.jobs j
	where j.id = any (array(
		select o.id from private.jobs o
		where o.id < private.first_id_at(week_ago) and o.completed_at < week_ago
		order by o.id
		limit batch
		for update skip locked));
	get diagnostics forgotten = row_count;
	return forgotten;
end
$$;
select cron.schedule('done-jobs', '* * * * *', 'select private.forget_done_jobs()');

create function private.queue_depth() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select jsonb_build_object(
			'due', count(*) filter (where j.parked_at is null and j.run_at <= now()),
			'parked', count(*) filter (where j.parked_at is not null),
			'oldest_seconds', coalesce(extract(epoch from
				now() - min(j.run_at) filter (where j.parked_at is null and j.run_at <= now()))::integer, 0))
		from private.jobs j
		where j.completed_at is null);
end
$$;

create function service.claim_jobs(kinds text[], batch integer, lease_seconds integer)
returns table (id uuid, kind text, payload jsonb, attempts integer, lease uuid, request_id text)
language sql security invoker set search_path = ''
begin atomic
	select * from private.claim_jobs(kinds, batch, lease_seconds);
end;
comment on function service.claim_jobs(text[], integer, integer) is
	'Leases due jobs of these kinds, never two of one queue, with the request that caused each. Each counts as an attempt.';

create function service.complete_job(job_id uuid, lease uuid) returns boolean
language sql security invoker set search_path = ''
return private.complete_job(job_id, lease);
comment on function service.complete_job(uuid, uuid) is 'Done. False: the lease is no longer the caller''s.';

create function service.fail_job(job_id uuid, lease uuid, error text, retry_in_seconds integer) returns boolean
language sql security invoker set search_path = ''
return private.fail_job(job_id, lease, error, retry_in_seconds);
comment on function service.fail_job(uuid, uuid, text, integer) is
	'Not done: again in so many seconds; parked when null or when no attempt is left. False: the lease is no longer the caller''s.';

create function service.continue_job(job_id uuid, lease uuid) returns boolean
language sql security invoker set search_path = ''
return private.continue_job(job_id, lease);
comment on function service.continue_job(uuid, uuid) is
	'Got on, and there is more: at once again, with all its attempts anew. False: the lease is no longer the caller''s.';

create function service.queue_depth() returns jsonb
language sql stable security invoker set search_path = ''
return private.queue_depth();
comment on function service.queue_depth() is
	'How many jobs are due and parked, and for how many seconds the oldest due one has waited.';

grant execute on function
	private.claim_jobs(text[], integer, integer), service.claim_jobs(text[], integer, integer),
	private.complete_job(uuid, uuid), service.complete_job(uuid, uuid),
	private.fail_job(uuid, uuid, text, integer), service.fail_job(uuid, uuid, text, integer),
	private.continue_job(uuid, uuid), service.continue_job(uuid, uuid),
	private.queue_depth(), service.queue_depth()
to edge, service_role;
