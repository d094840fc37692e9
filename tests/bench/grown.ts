import postgres from 'postgres';
import { generate } from '../../stack/generate/generate.ts';
import { claimsOf, signIn } from '../support/people.ts';
import { startDatabase } from './bare-database.ts';

export type Grown = Awaited<ReturnType<typeof grow>>;

/**
 * A database of its own with so many messages, and who asks in it: a member of its largest organization, where some
 * numbers are shut to them. `member` is them under RLS, `free` the same session without RLS, `edge` our functions.
 */
export async function grow(messages: number) {
	const { env, sql, stop } = await startDatabase();
	try {
		const { largest, longest, seconds } = await generate(env.DATABASE_URL, { messages });
		const [person] = await sql<{ userId: string; email: string }[]>`
			select m.user_id as "userId", u.email
			from public.memberships m join auth.users u on u.id = m.user_id
			where m.organization_id = ${largest.organizationId} and m.role = 'member'
				and not exists (select from public.phone_number_grants g where g.user_id = m.user_id)
			order by u.email limit 1`;
		if (!person) throw new Error('The largest organization has no plain member');
		const claims = claimsOf({ ...person, ...(await signIn(sql, env, person)) });
		const connect = async (role: string | null) => {
			const connection = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
			await connection`select
				set_config('request.jwt.claims', ${JSON.stringify(claims)}, false),
				set_config('request.jwt.claim.sub', ${person.userId}, false)`;
			if (role) await connection.unsafe(`set role ${role}`);
			return connection;
		};
		const [member, free, edge] = await Promise.all([connect('authenticated'), connect(null), connect('edge')]);
		return {
			...{ messages, seconds, largest, longest, sql, member, free, edge },
			async stop() {
				await Promise.all([member, free, edge].map((connection) => connection.end({ timeout: 1 })));
				await stop();
			}
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
