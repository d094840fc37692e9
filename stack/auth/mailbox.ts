import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Kind, Values } from './letters.ts';
import type { People } from './people.ts';
import * as refusals from './refusals.ts';

export type MailboxSettings = {
	people: People;
	config: Config;
	/** sends a letter that lite does not */
	write: (kind: Kind, to: string, values: Values) => Promise<void>;
	/** the session of a request's access token, if it is a good one */
	sessionOf: (request: Request) => string | null;
};

type Body = Record<string, unknown>;
export type Asked = { path: string; body: Body; request: Request };

/**
 * What hosted Auth does around its letters and lite does not: one of a kind in a minute for each address, a new one for who
 * has not confirmed yet, and a change of address that both mailboxes have to agree to. Source: github.com/supabase/auth.
 */
export function createMailbox({ people, config, write, sessionOf }: MailboxSettings) {
	const pause = secondsOf(config.get('auth.email', 'max_frequency', '60s'));
	const lifetime = config.get('auth.email', 'otp_expiry', 3600);
	const asksBoth = config.get('auth.email', 'double_confirm_changes', true);

	function wait(age: number | null): void {
		if (age !== null && age < pause) throw refusals.tooSoon(Math.ceil(pause - age));
	}

	/** Another confirmation letter; the answer is the same for an address that waits for none. */
	async function confirmAgain(email: string): Promise<boolean> {
		const known = await people.letters(email);
		if (!known || known.confirmed) return false;
		wait(ageOf(known.confirmation_sent_at));
		const hash = createHash('sha256').update(randomBytes(32)).digest('hex');
		await people.renewConfirmation(known.id, hash);
		await write('confirmation', email, { TokenHash: hash, Email: email });
		return true;
	}

	async function changeEmail({ body, request }: Asked): Promise<Response | null> {
		if (!asksBoth || body.type !== 'email_change') return null;
		const query = new URL(request.url).searchParams;
		const hash = text(body.token_hash) || (query.get('token_hash') ?? query.get('token') ?? '') || hashOf(body);
		const taken = hash && (await people.takeEmailChange(hash, lifetime));
		if (taken !== 'first') return null;
		const msg = 'Confirmation link accepted. Please proceed to confirm link sent to the other email';
		return Response.json({ code: '200', msg });
	}

	/** A change of address has begun: lite wrote to the current mailbox alone. */
	async function changeBegan(request: Request): Promise<void> {
		const change = await people.beginEmailChange(sessionOf(request));
		if (!change) return;
		const { email, email_change, email_change_token_new } = change;
		await write('email_change', email_change, {
			TokenHash: email_change_token_new,
			Email: email,
			NewEmail: email_change
		});
	}

	/** The answer where it is ours to give, null where lite's will do. Throws AuthRefusal. */
	async function answer(asked: Asked): Promise<Response | null> {
		const { path, body, request } = asked;
		const email = text(body.email);
		if (request.method === 'GET' && path === 'verify') {
			const query = new URL(request.url).searchParams;
			return changeEmail({ ...asked, body: { type: query.get('type') ?? '' } });
		}
		if (path === 'verify') return changeEmail(asked);
		if (path === 'user' && request.method === 'PUT' && email) {
			const session = sessionOf(request);
			if (session) wait(await people.emailChangeAge(session));
		}
		if (path === 'recover' && email) wait(ageOf((await people.letters(email))?.recovery_sent_at ?? null));
		if (path === 'resend' && body.type === 'signup' && email) {
			await confirmAgain(email);
			return Response.json({});
		}
		// whoever signs up again gets another letter, and the answer of a first time
		if (path === 'signup' && email && (await confirmAgain(email))) return Response.json(made(email));
		return null;
	}

	return { answer, changeBegan };
}

/** What Auth answers to a sign-up, whoever has the address already. */
function made(email: string): Body {
	const now = new Date().toISOString();
	return {
		id: randomUUID(),
		aud: 'authenticated',
		role: '',
		email,
		confirmation_sent_at: now,
		app_metadata: { provider: 'email', providers: ['email'] },
		user_metadata: {},
		identities: [],
		created_at: now,
		updated_at: now
	};
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const ageOf = (at: Date | null): number | null => at && (Date.now() - at.getTime()) / 1000;

/** Six digits typed instead of a link followed: lite's link is their hash. */
function hashOf({ email, token }: Body): string {
	if (!text(email) || !text(token)) return '';
	return createHash('sha256')
		.update(`${text(email).toLowerCase()}${text(token)}`)
		.digest('hex');
}

/** `60s`, `1m30s`, `1h` in seconds, as Go writes durations. */
function secondsOf(duration: string): number {
	const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
	const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)];
	return parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (units[unit] ?? 0), 0);
}
