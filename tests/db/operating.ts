/** Operators as tests of the console's verbs want them. */
import { createHash, randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll } from 'vitest';
import { stack } from '../support/shared-stack.ts';

/** The app's own server, as PostgREST has it with the secret key. */
export const server = postgres(stack.env.DATABASE_URL, {
	max: 4,
	connection: { role: 'service_role' },
	onnotice() {}
});
afterAll(() => server.end({ timeout: 1 }));

/** A session's hash that nobody has. */
export const hash = () => createHash('sha256').update(randomBytes(20)).digest('hex');

/** Some secret as the app's server seals it. */
const sealed = 'test.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA';

/** An operator with a session that is confirmed by a code. */
export async function operator(role: string): Promise<{ name: string; session: string; id: string }> {
	const { sql } = stack;
	const name = `db.${randomBytes(5).toString('hex')}`;
	const session = hash();
	const [invited] = await sql`select private.invite_operator(${name}, 'Dana Base', ${role}, null) as token`;
	await server`
		select service.operator_set_up(${String(invited!.token)}, ${session}, 1, 'not a hash', '{abcdefghjk}', ${sealed},
			'198.51.100.7', 'Test')`;
	const [row] = await sql`select id from private.operators where name = ${name}`;
	return { name, session, id: String(row!.id) };
}

/** One who has said why they look at an organization. */
export async function visitor(role: string, organizationId: string) {
	const made = await operator(role);
	await server`select service.operator_visit(${made.session}, ${organizationId}, 'To see')`;
	return made;
}

/** 'done', or in which words something was refused. */
export const refusal = (work: PromiseLike<unknown>) =>
	Promise.resolve(work).then(
		() => 'done',
		(cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
	);
