import { createHash } from 'node:crypto';
import type { Cookies, RequestEvent } from '@sveltejs/kit';
import { Lucia, TimeSpan } from 'lucia';
import type { Adapter } from 'lucia';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { refusalOf } from '../refusals.ts';
import { service } from '../service.ts';
import { visitorOf } from '../sign-ins.ts';
import type { Visitor } from '../sign-ins.ts';

export const roles = ['support', 'operator', 'administrator'] as const;

const Known = z.object({
	operator_id: z.string(),
	name: z.string(),
	full_name: z.string(),
	role: z.enum(roles),
	stage: z.enum(['password', 'full']),
	expires_at: z.string(),
	/** Until when what is dear asks for no other code. */
	fresh_until: z.string().nullable()
});

/** An operator, and by what the console's verbs know them: a hash that opens nothing without the secret key. */
export type Operator = Omit<z.infer<typeof Known>, 'operator_id'> & { session: string };

/** How a session begins: what the database asks for before it lets one begin. */
type Entry =
	| { after: 'password'; attempt_id: string }
	| { after: 'code'; attempt_id: string; former: string; step?: number; recovery?: string }
	| { after: 'set_up'; token: string; step: number; secret: string; password_hash: string; recovery: string[] };

declare module 'lucia' {
	interface Register {
		Lucia: ReturnType<typeof realmOf>;
		DatabaseSessionAttributes: { entry?: Entry };
		DatabaseUserAttributes: z.infer<typeof Known>;
	}
}

/** Sessions in the database, which knows only hashes of their ids, and which decides how long they last. */
function adapterFor(visitor: Visitor): Adapter {
	return {
		async getSessionAndUser(sessionId) {
			const { data, error } = await service().rpc('operator_session', {
				session: hashOf(sessionId),
				...(visitor.address && { address: visitor.address })
			});
			if (error) throw refusalOf(error);
			if (!data) return [null, null];
			const known = Known.parse(data);
			const { operator_id: id, expires_at } = known;
			return [
				{ id: sessionId, userId: id, expiresAt: new Date(expires_at), attributes: {} },
				{ id, attributes: known }
			];
		},
		async setSession({ id, userId, attributes: { entry } }) {
			if (!entry) throw new Failure('operator_session_ended');
			await enter(hashOf(id), userId, entry, visitor);
		},
		async deleteSession(sessionId) {
			const { error } = await service().rpc('operator_sign_out', { session: hashOf(sessionId) });
			if (error) throw refusalOf(error);
		},
		// every look at a session moves its end, in the database itself
		updateSessionExpiration: () => Promise.resolve(),
		// the database removes those that are over, and those of whom an administrator shuts out
		deleteExpiredSessions: () => Promise.resolve(),
		deleteUserSessions: () => Promise.reject(new Error('sessions end one by one')),
		getUserSessions: () => Promise.reject(new Error('sessions are not listed'))
	};
}

async function enter(session: string, operator_id: string, entry: Entry, visitor: Visitor): Promise<void> {
	if (entry.after === 'password') {
		const { error } = await service().rpc('operator_enter', { session, operator_id, attempt_id: entry.attempt_id });
		if (error) throw refusalOf(error);
	} else if (entry.after === 'code') {
		const { former, attempt_id, step, recovery } = entry;
		const { data, error } = await service().rpc('operator_confirm', {
			former: hashOf(former),
			session,
			attempt_id,
			...(step !== undefined && { step }),
			...(recovery !== undefined && { recovery })
		});
		if (error) throw refusalOf(error);
		if (!data) throw new Failure('operator_code_invalid');
	} else {
		const { token, step, secret, password_hash, recovery } = entry;
		const { error } = await service().rpc('operator_set_up', {
			token,
			session,
			step,
			secret,
			password_hash,
			recovery,
			...visitor
		});
		if (error) throw refusalOf(error);
	}
}

/** lucia with this request's visitor. Its cookie goes to the console only, and never along with a link from elsewhere. */
export function realmOf(event: Pick<RequestEvent, 'getClientAddress' | 'request' | 'url'>) {
	const secure = event.url.protocol === 'https:';
	return new Lucia(adapterFor(visitorOf(event)), {
		sessionExpiresIn: new TimeSpan(30, 'm'),
		sessionCookie: {
			name: secure ? '__Secure-operator' : 'operator',
			attributes: { path: '/admin', sameSite: 'strict', secure }
		},
		getSessionAttributes: () => ({}),
		getUserAttributes: (known) => ({ known })
	});
}

type Asking = Pick<RequestEvent, 'getClientAddress' | 'request' | 'url'> & { cookies: Cookies };

/** Who asks: an operator, or one whose code is awaited still (`stage`). Throws `unavailable`. */
export async function whoever(event: Asking): Promise<Operator | undefined> {
	const realm = realmOf(event);
	const id = event.cookies.get(realm.sessionCookieName);
	if (!id) return undefined;
	const { user } = await realm.validateSession(id);
	if (!user) return undefined;
	const { name, full_name, role, stage, expires_at, fresh_until } = user.known;
	return { name, full_name, role, stage, expires_at, fresh_until, session: hashOf(id) };
}

/** Begins a session under a new id, which takes the place of the one before. */
export async function begin(event: Asking, operatorId: string, entry: Entry): Promise<void> {
	const realm = realmOf(event);
	const { id } = await realm.createSession(operatorId, { entry });
	const { name, value, attributes } = realm.createSessionCookie(id);
	event.cookies.set(name, value, { ...attributes, path: '/admin', httpOnly: true, maxAge: 12 * 60 * 60 });
}

/** The id of the session that a request brings. Throws `operator_session_ended` without one. */
export function sessionOf(event: Asking): string {
	const id = event.cookies.get(realmOf(event).sessionCookieName);
	if (!id) throw new Failure('operator_session_ended');
	return id;
}

/** Ends the session that a request brings, if any. */
export async function leave(event: Asking): Promise<void> {
	const realm = realmOf(event);
	const id = event.cookies.get(realm.sessionCookieName);
	if (id) await realm.invalidateSession(id);
	event.cookies.delete(realm.sessionCookieName, { path: '/admin', httpOnly: true });
}

export function hashOf(id: string): string {
	return createHash('sha256').update(id).digest('hex');
}
