import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@supabase/supabase-js';
import * as z from 'zod';
import type { Cookies, RequestEvent } from '@sveltejs/kit';
import { SUPABASE_SECRET_KEY } from '$app/env/private';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { deviceName } from './devices.ts';
import type { Person } from './people.ts';
import { refusalOf } from './refusals.ts';
import { logFailure, tracedFetch } from './requests.ts';
import { service } from './service.ts';
import { speakFor } from './visitors.ts';

/** Who is at the other end, as far as a server can tell. */
export type Visitor = { address?: string; user_agent?: string };

/** An answer to a wrong password takes this long at least, in ms: an unknown address is found out faster than a hash. */
export const refusalTakes = 600;

export const Confirmation = z.object({ password: z.string().min(1, 'Type your password.') });

const Begun = z.object({ attempt_id: z.string(), retry_after: z.number() });

const Known = z.object({
	previous: z.object({ at: z.string(), address: z.string().nullable(), user_agent: z.string().nullable() }).nullable(),
	failed_since: z.number()
});

/** What a person should know of their account when they come in. */
export type Known = z.infer<typeof Known>;

/** Too many tries: says in how many seconds the next one counts. */
export class Delayed extends Failure {
	readonly seconds: number;

	constructor(seconds: number) {
		super('rate_limited', `That was tried too often. Try again in ${inWords(seconds)}.`);
		this.seconds = seconds;
	}
}

/** Who sends a request. Both can be missing: a proxy that names nobody, a client that does not say what it is. */
export function visitorOf({ getClientAddress, request }: Pick<RequestEvent, 'getClientAddress' | 'request'>): Visitor {
	const user_agent = request.headers.get('user-agent')?.slice(0, 400);
	try {
		const address = getClientAddress().replace(/%.*$/, '');
		return { ...(isIP(address) && { address }), user_agent };
	} catch (cause) {
		// the adapter's: ADDRESS_HEADER names a header that this request lacks
		logFailure('visitor_address_unknown', cause);
		return { user_agent };
	}
}

/**
 * Asks whether a password may be tried for this account now. Answers what to say afterwards: `failed` for a wrong one, so
 * that it is counted. Throws `Delayed`, `unavailable`.
 */
export async function begin(email: string, visitor: Visitor): Promise<Attempt> {
	const began = Date.now();
	const { data, error } = await service().rpc('begin_sign_in', { email, ...visitor });
	if (error) throw refusalOf(error);
	const { attempt_id, retry_after } = Begun.parse(data);
	if (retry_after > 0) throw new Delayed(retry_after);
	return new Attempt(attempt_id, began);
}

/** One try of a password, from before it was looked at until it is known what came of it. */
export class Attempt {
	#id: string;
	#began: number;

	constructor(id: string, began: number) {
		this.#id = id;
		this.#began = began;
	}

	/** The password was wrong, or nobody has this address: both take the same time. */
	async failed(): Promise<void> {
		const { error } = await service().rpc('finish_sign_in', { attempt_id: this.#id });
		if (error) logFailure('sign_in_not_noted', refusalOf(error));
		await pause(this.#began + refusalTakes - Date.now());
	}

	/** It was right, and this is the session it opened. Not knowing the rest keeps nobody out. */
	async succeeded(session_id: string): Promise<Known | null> {
		const { data, error } = await service().rpc('finish_sign_in', { attempt_id: this.#id, session_id });
		if (error) logFailure('sign_in_not_noted', refusalOf(error));
		return error ? null : Known.nullable().parse(data);
	}

	/** It was right, entered once more by somebody who is signed in: sensitive verbs are open for 15 minutes. */
	async confirmed(session_id: string): Promise<void> {
		const { error } = await service().rpc('finish_confirmation', { attempt_id: this.#id, session_id });
		if (error) throw refusalOf(error);
	}
}

/**
 * Has somebody who is signed in prove that it is really them. Throws `credentials_invalid` for a wrong password,
 * `Delayed`, `rate_limited`, `unavailable`.
 */
export async function confirm(person: Person, password: string, visitor: Visitor): Promise<void> {
	const attempt = await begin(person.email, visitor);
	if (!(await isPassword(person, password, visitor))) {
		await attempt.failed();
		throw new Failure('credentials_invalid', 'This is not the password of this account. Nothing was changed.');
	}
	await attempt.confirmed(person.session.id);
}

/**
 * Whether this is the person's password, found out by a sign-in of its own whose session is ended at once. Counts as no
 * attempt: `begin` comes before it. Throws `rate_limited`, `unavailable`.
 */
export async function isPassword(
	{ email, user_id }: Pick<Person, 'email' | 'user_id'>,
	password: string,
	{ address = '' }: Visitor
): Promise<boolean> {
	const { auth } = createClient(PUBLIC_SUPABASE_URL, PUBLIC_SUPABASE_PUBLISHABLE_KEY, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
		global: { fetch: speakFor({ ...speaker, address: () => address }, tracedFetch) }
	});
	const { data, error } = await auth.signInWithPassword({ email, password });
	if (error) {
		const refusal = refusalOf(error);
		if (refusal.slug === 'credentials_invalid') return false;
		throw refusal;
	}
	const { error: stays } = await auth.signOut({ scope: 'local' });
	// nobody holds its tokens, and it ends after 7 idle days
	if (stays) logFailure('session_not_ended', refusalOf(stays));
	return data.user.id === user_id;
}

export type SignIn = { id: string; outcome: string; name: string; address: string | null; at: string };

/** The last tries to sign in as the person who asks, newest first. Throws `unavailable`. */
export async function recent(database: AppDatabase): Promise<SignIn[]> {
	const { data, error } = await database.rpc('my_sign_ins');
	if (error) throw refusalOf(error);
	return data.map(({ id, outcome, user_agent, address, created_at }) => ({
		id,
		outcome,
		name: deviceName(user_agent),
		address,
		at: created_at
	}));
}

const flash = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** Keeps what a person should know of their account for the next page they see. */
export function tell(cookies: Cookies, known: Known | null, secure: boolean): void {
	if (known) cookies.set('last-sign-in', JSON.stringify(known), { ...flash, secure, maxAge: 5 * 60 });
}

/** What that page says, once. */
export function told(cookies: Cookies): (Known & { name: string }) | undefined {
	const kept = cookies.get('last-sign-in');
	if (!kept) return undefined;
	cookies.delete('last-sign-in', { ...flash, secure: false });
	try {
		const known = Known.parse(JSON.parse(kept));
		return { ...known, name: deviceName(known.previous?.user_agent ?? null) };
	} catch {
		// a cookie somebody made up
		return undefined;
	}
}

const speaker = {
	url: PUBLIC_SUPABASE_URL,
	publishableKey: PUBLIC_SUPABASE_PUBLISHABLE_KEY,
	secretKey: SUPABASE_SECRET_KEY
};

function inWords(seconds: number): string {
	return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
