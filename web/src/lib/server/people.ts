import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Organization = z.object({
	id: z.string(),
	slug: z.string(),
	name: z.string(),
	role: z.enum(['owner', 'admin', 'member', 'viewer'])
});

const Person = z.object({
	user_id: z.string(),
	email: z.string(),
	username: z.string(),
	full_name: z.string().nullable(),
	organizations: z.array(Organization)
});

const Member = Person.extend({ organization: Organization });

export type Organization = z.infer<typeof Organization>;
export type Person = z.infer<typeof Person>;
/** A person in one of their organizations. */
export type Member = z.infer<typeof Member>;

/** Who is signed in. Throws `session_ended` when nobody is (any more). */
export async function whoami(database: AppDatabase): Promise<Person> {
	return Person.parse(await ask(database, {}));
}

/** Who is signed in, as a member of the organization. Throws `session_ended`, or `not_found` for one that is not theirs. */
export async function me(database: AppDatabase, slug: string): Promise<Member> {
	return Member.parse(await ask(database, { slug }));
}

/** Whether a name can still be taken. Anyone may ask. */
export async function usernameAvailable(database: AppDatabase, username: string): Promise<boolean> {
	const { data, error } = await database.rpc('username_available', { username });
	if (error) throw refusalOf(error);
	return data === true;
}

/** Where a person begins: the inbox of their first team, else their own. */
export function homeOf({ organizations }: Person): string {
	const [first] = organizations;
	if (!first) throw new Failure('not_found');
	return `/${first.slug}/inbox`;
}

async function ask(database: AppDatabase, question: { slug?: string }): Promise<unknown> {
	await currentSession(database);
	const { data, error } = await database.rpc('me', question);
	if (error) throw refusalOf(error);
	return data;
}
