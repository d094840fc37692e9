import type { App } from '@supabase/lite';
import type { Config } from '../config.ts';
import { verifyToken } from '../realtime/token.ts';
import { createMailbox, type MailboxSettings } from './mailbox.ts';
import type { People } from './people.ts';
import { rateLimits, type Kind, type RateLimits } from './rates.ts';
import * as refusals from './refusals.ts';

export type GuardSettings = {
	app: Pick<App, 'fetch'>;
	people: People;
	limits?: RateLimits;
	config: Config;
	jwtSecret: string;
	/** tells somebody that their password was changed */
	notify: (email: string) => Promise<void>;
	/** sends a letter that lite does not */
	write?: MailboxSettings['write'];
};

type Body = Record<string, unknown>;
type Visit = { path: string; grant: string | null; body: Body; request: Request; address: string };

/** Which limit a request counts against, and which may send a letter. */
const counted: [pattern: RegExp, kind: Kind][] = [
	[/^token password$/, 'sign_in_sign_ups'],
	[/^token /, 'token_refresh'],
	[/^(signup|otp|magiclink|recover|resend) /, 'sign_in_sign_ups'],
	[/^verify /, 'token_verifications']
];
const lettered = /^(signup|otp|magiclink|recover|resend|reauthenticate)$/;

/**
 * Auth as hosted enforces it and lite does not: rate limits, banned people, the current password when a new one is set,
 * and the end of the other sessions then. Everything else is lite's.
 */
export function guardAuth({ app, people, config, jwtSecret, notify, ...settings }: GuardSettings) {
	const limits = settings.limits ?? rateLimits(config);
	const { write = () => Promise.resolve() } = settings;
	const mailbox = createMailbox({ people, config, write, sessionOf: (request) => sessionOf(request, jwtSecret) });
	const asksForPassword = config.get('auth.email', 'require_current_password', false);

	function limit({ path, grant, body, address }: Visit): void {
		const kind = counted.find(([pattern]) => pattern.test(`${path} ${grant ?? ''}`))?.[1];
		if (kind && !limits.take(kind, address)) throw refusals.tooManyRequests();
		const writes = lettered.test(path) || (path === 'user' && body.email !== undefined);
		if (writes && !limits.allows('email_sent')) throw refusals.tooManyLetters();
	}

	async function refuseBanned({ path, grant, body, request }: Visit): Promise<void> {
		if (path === 'token' && grant === 'password') {
			if (await people.isBannedByEmail(text(body.email))) throw refusals.banned(400);
		} else if (path === 'token' && grant === 'refresh_token') {
			if (await people.isBannedByRefreshToken(text(body.refresh_token)))
				throw refusals.banned(400, 'Invalid Refresh Token: User Banned');
		} else if (path === 'verify') {
			const query = new URL(request.url).searchParams;
			const hash = text(body.token_hash) || (query.get('token_hash') ?? query.get('token') ?? '');
			const found = hash ? people.isBannedByLink(hash) : people.isBannedByEmail(text(body.email));
			if (await found) throw refusals.banned(403);
		}
	}

	/** The session whose password is about to change, null when the request changes none or lite will refuse it. */
	async function changing({ path, body, request }: Visit) {
		if (path !== 'user' || request.method !== 'PUT' || typeof body.password !== 'string') return null;
		const sessionId = sessionOf(request, jwtSecret);
		const session = sessionId && (await people.credentials(sessionId));
		if (!session) return null;
		if (asksForPassword && !session.exempt) {
			if (!text(body.current_password)) throw refusals.passwordRequired();
			if (!(await people.isPassword(session.user_id, text(body.current_password)))) throw refusals.passwordInvalid();
		}
		return { ...session, sessionId };
	}

	/** @param address whom the limits count: the peer's, or whom our own server speaks for */
	return async (request: Request, address: string): Promise<Response> => {
		const url = new URL(request.url);
		const path = url.pathname.replace(/^\/auth\/v1\/?/, '');
		const body = await bodyOf(request);
		const visit = { path, grant: url.searchParams.get('grant_type'), body, request, address };
		try {
			limit(visit);
			await refuseBanned(visit);
			const change = await changing(visit);
			const ours = await mailbox.answer(visit);
			if (ours) return ours;
			const answer = await app.fetch(request);
			if (answer.ok && (path === 'token' || path === 'verify')) {
				const began = sessionIn(await answer.clone().text());
				const method = path === 'verify' ? 'otp' : visit.grant === 'password' ? 'password' : null;
				if (began && method) await people.noteSession(began, method);
			}
			if (answer.ok && path === 'user' && text(body.email)) await mailbox.changeBegan(request);
			if (answer.ok && change) {
				await people.endOtherSessions(change.user_id, change.sessionId);
				await notify(change.email);
			}
			return answer;
		} catch (error) {
			if (!(error instanceof refusals.AuthRefusal)) throw error;
			return Response.json(error.body, { status: error.status, headers: { 'x-sb-error-code': error.code } });
		}
	};
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

async function bodyOf(request: Request): Promise<Body> {
	try {
		const value: unknown = JSON.parse((await request.clone().text()) || '{}');
		return typeof value === 'object' && value !== null ? (value as Body) : {};
	} catch {
		// lite says what is wrong with it
		return {};
	}
}

/** The session that an answer opened. */
function sessionIn(answer: string): string | null {
	try {
		const { access_token: token } = JSON.parse(answer) as { access_token?: string };
		const claims = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')) as Body;
		return text(claims.session_id) || null;
	} catch {
		// an answer without a session
		return null;
	}
}

/** The session of a good access token, else null: lite refuses the others. */
function sessionOf(request: Request, secret: string): string | null {
	const token = /^bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
	try {
		return verifyToken(token, secret, Date.now() / 1000).claims.session_id ?? null;
	} catch {
		// not verified: nothing is looked up for it
		return null;
	}
}
