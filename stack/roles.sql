-- The roles hosted Supabase has. They belong to the cluster, not to one database, and must stand before lite makes schema auth.
-- Run as supabase_admin (the cluster's superuser) at every start; idempotent. Passwords are set by stack/platform.ts.

do $$
declare
	wanted constant jsonb := jsonb_build_object(
		-- what a project's owner is on hosted: everything but superuser. Migrations run as this role
		'postgres', 'login createrole createdb replication bypassrls',
		'anon', 'nologin noinherit',
		'authenticated', 'nologin noinherit',
		'service_role', 'nologin noinherit bypassrls',
		'authenticator', 'login noinherit',
		'supabase_auth_admin', 'login noinherit',
		'supabase_storage_admin', 'nologin noinherit',
		'supabase_realtime_admin', 'nologin noinherit'
	);
	name text;
	options text;
begin
	for name, options in select key, value from jsonb_each_text(wanted) loop
		if not exists (select from pg_catalog.pg_roles where rolname = name) then
			execute format('create role %I %s', name, options);
		end if;
	end loop;
end
$$;

grant anon, authenticated, service_role to authenticator with inherit false, set true;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
-- hosted lets postgres write policies on tables these two own by an extension (supautils); membership is the nearest thing
grant supabase_realtime_admin, supabase_storage_admin to postgres with inherit true;
