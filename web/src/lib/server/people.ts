import * as z from 'zod';
import { capabilities } from '#core/capabilities.ts';
import type { Capability } from '#core/capabilities.ts';
import { Failure } from '#core/failures.ts';
import { findTimeZone } from '#core/time-zones.ts';
import { currentSession } from './current-session.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Organization = z.object({
	id: z.string(),
	slug: z.string(),
	name: z.string(),
	role: z.enum(['owner', 'admin', 'member', 'viewer']),
	logo_path: z.string().nullable(),
	suspended_at: z.string().nullable(),
	/** The one that everybody has from sign-up on. */
	is_personal: z.boolean()
});

const isCapability = (name: string): name is Capability => Object.hasOwn(capabilities, name);

const Person = z.object({
	user_id: z.string(),
	email: z.string(),
	username: z.string(),
	full_name: z.string().nullable(),
	locale: z.string(),
	time_zone: z.string(),
	avatar_path: z.string().nullable(),
	/** How long a text that they send can be taken back. */
	undo_send_seconds: z.number(),
	/** When the person asked for the end of their account. */
	deletion_requested_at: z.string().nullable(),
	session: z.object({
		id: z.string(),
		/** When somebody last wrote down from where it is used. */
		described_at: z.string().nullable(),
		/** Until when sensitive verbs need no password. */
		fresh_until: z.string().nullable()
	}),
	organizations: z.array(Organization),
	/** What the platform tells everybody now. */
	notices: z.array(
		z.object({
			id: z.string(),
			level: z.enum(['info', 'warning', 'incident', 'maintenance']),
			says: z.string(),
			ends_at: z.string().nullable()
		})
	)
});

const Member = Person.extend({
	organization: Organization.extend({
		/** What the person's role may do here; the database decides again at every verb. */
		capabilities: z.array(z.string()).transform((names) => names.filter(isCapability)),
		/** What the platform holds back of what it sends, why and until when. */
		throttle: z.object({ step: z.enum(['slow', 'hold', 'stop']), message: z.string(), until: z.string() }).nullish()
	})
});

export type Organization = z.infer<typeof Organization>;
export type Person = z.infer<typeof Person>;
/** A person in one of their organizations. */
export type Member = z.infer<typeof Member>;

/** Times are told in the zone that somebody chose, and while that is none (UTC) in their browser's, as the inbox's cookie names it. */
export function inZone<P extends Person>(person: P, browsers: string | undefined): P {
	if (person.time_zone !== 'UTC' || !browsers) return person;
	return { ...person, time_zone: findTimeZone(browsers) ?? 'UTC' };
}

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

/** Where a person begins: the inbox of their first team that is not suspended, else their own. */
export function homeOf({ organizations }: Person): string {
	const first = organizations.find(({ suspended_at }) => !suspended_at) ?? organizations[0];
	if (!first) throw new Failure('not_found');
	return `/${first.slug}/inbox`;
}

async function ask(database: AppDatabase, question: { slug?: string }): Promise<unknown> {
	await currentSession(database);
	const { data, error } = await database.rpc('me', question);
	if (error) throw refusalOf(error);
	return data;
}
