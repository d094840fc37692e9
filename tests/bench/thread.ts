import postgres from 'postgres';
import type { Stack } from '../support/stack.ts';
import { alternate, type Result } from './measure.ts';
import { scene } from './scene.ts';
import { serverTime } from './server-time.ts';
import { sessionCheck } from './thread-session.ts';

const messages = 100_000;
const conversations = 200;
const calls = 200;

/**
 * A thread page of 50 as `authenticated`, under RLS, against the same prepared query without it: server time until the
 * rows are written out for the client. The rest goes to the policy's questions (is the session alive, which
 * organizations, which numbers), asked once per statement whatever the page's length.
 */
export async function thread({ env, sql }: Stack): Promise<Result[]> {
	const { owner, organization, number } = await scene({ env, sql });
	const [conversation] = await fill(sql, organization.id, number.id);
	const query = `prepare page as select * from api.messages where conversation_id = '${conversation}' order by seq desc limit 50`;
	const claims = JSON.stringify({ sub: owner.userId, role: 'authenticated', session_id: owner.sessionId });
	const floor = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
	const member = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
	await member`select set_config('request.jwt.claims', ${claims}, false), set_config('request.jwt.claim.sub', ${owner.userId}, false)`;
	await member`set role authenticated`;
	await floor.unsafe(query);
	await member.unsafe(query);
	const page = (connection: postgres.Sql, options?: string) => async () => {
		let total = 0;
		for (let call = 0; call < calls; call++) total += await serverTime(connection, 'execute page', options);
		return total / calls;
	};
	const whole = await alternate(7, page(floor), page(member));
	const rowsOnly = await alternate(7, page(floor, ''), page(member, ''));
	const session = await sessionCheck(sql, page(member));
	await Promise.all([floor.end(), member.end()]);
	const ratio = whole.floor / whole.candidate;
	const thread: Result = {
		name: 'thread page of 50 under RLS, rate against the same query without',
		ratio,
		bar: '≥ 0.5',
		holds: ratio >= 0.5,
		figures: {
			'without RLS ms': whole.floor,
			'with RLS ms': whole.candidate,
			// finding the rows without writing them out: nearly all of the difference is asking who the caller is, once
			'rows only without ms': rowsOnly.floor,
			'rows only with ms': rowsOnly.candidate
		}
	};
	return [thread, session];
}

/** Fills one number with conversations of a long past, triggers off: only what a page reads is made. */
async function fill(sql: postgres.Sql, organizationId: string, numberId: string): Promise<string[]> {
	return sql
		.begin(async (tx) => {
			await tx`set local session_replication_role = replica`;
			await tx`insert into public.contacts (organization_id, phone_number)
			select ${organizationId}, '+1628' || lpad(i::text, 7, '0') from generate_series(1, ${conversations}::int) i`;
			const rows = await tx<
				{ id: string }[]
			>`insert into public.conversations (organization_id, phone_number_id, contact_id, last_seq, revision)
			select organization_id, ${numberId}, id, ${messages / conversations}, ${messages / conversations}
			from public.contacts where organization_id = ${organizationId} returning id`;
			await tx`insert into public.messages (organization_id, phone_number_id, conversation_id, seq, revision, direction, origin, status, body, segments)
			select ${organizationId}, ${numberId}, c.id, s, s, 'inbound', 'contact', 'received', 'Text ' || s || ' of a long conversation about keys, bags and late arrivals.', 1
			from public.conversations c cross join generate_series(1, ${messages / conversations}::int) s where c.organization_id = ${organizationId}`;
			return rows.map((row) => row.id);
		})
		.then(async (ids) => {
			await sql`analyze public.messages`;
			await sql`analyze public.conversations`;
			return ids;
		});
}
