import type postgres from 'postgres';
import { alternate, type Result } from './measure.ts';

/** What the policies would know of a caller if a token's word were enough: nobody looks for a row of `auth.sessions`. */
const unchecked = `
	select
		(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'session_id')::uuid as id,
		(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid as user_id`;

/**
 * What it costs to ask whether the session is alive: `page` (the milliseconds of a thread page under RLS) as it is,
 * against the same policies without the question. `sql` is the superuser's; the view is put back in the end.
 */
export async function sessionCheck(sql: postgres.Sql, page: () => Promise<number>): Promise<Result> {
	const [view] = await sql<{ checked: string }[]>`select pg_get_viewdef('private.my_session'::regclass) as checked`;
	if (!view) throw new Error('There is no view private.my_session');
	const pageWith = (definition: string) => async () => {
		await sql.unsafe(`create or replace view private.my_session with (security_invoker = true) as ${definition}`);
		// plans are made anew, and that is not counted
		await page();
		return page();
	};
	try {
		const { floor, candidate } = await alternate(7, pageWith(unchecked), pageWith(view.checked));
		const ratio = candidate / floor;
		return {
			name: 'thread page of 50: time with the session asked for, against the same policy without',
			ratio,
			bar: '≤ 1.15',
			holds: ratio <= 1.15,
			figures: { 'without the check ms': floor, 'with the check ms': candidate }
		};
	} finally {
		await sql.unsafe(`create or replace view private.my_session with (security_invoker = true) as ${view.checked}`);
	}
}
