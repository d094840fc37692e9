import { setTimeout as pause } from 'node:timers/promises';
import type { Cookies, RequestEvent } from '@sveltejs/kit';
import { OPERATORS_KEYS } from '$app/env/private';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { refusalOf } from '../refusals.ts';
import { service } from '../service.ts';
import { Delayed, refusalTakes, visitorOf } from '../sign-ins.ts';
import * as argon from './argon.ts';
import * as codes from './codes.ts';
import * as realm from './realm.ts';
import * as sealing from './sealing.ts';

type Asking = Pick<RequestEvent, 'getClientAddress' | 'request' | 'url'> & { cookies: Cookies };

export const Credentials = z.object({
	name: z.string().min(1, 'Type your name.').max(100, 'Type your name.'),
	password: z.string().min(1, 'Type your password.').max(1000, 'Type your password.')
});

const longEnough = 'Use at least 14 characters.';

export const SetUp = z.object({
	link: z.string().min(1),
	password: z.string().min(14, longEnough).max(1000, 'Use at most 1,000 characters.'),
	code: z.string().min(1, 'Type the six figures that the app shows.')
});

const Begun = z.object({
	attempt_id: z.string(),
	retry_after: z.number(),
	operator: z.object({ id: z.string(), password_hash: z.string() }).nullable()
});

const CodeBegun = z.object({
	attempt_id: z.string(),
	retry_after: z.number(),
	operator_id: z.string(),
	secret: z.string()
});

const Invitation = z.object({
	id: z.string(),
	name: z.string(),
	full_name: z.string(),
	role: z.enum(realm.roles)
});

const keys = OPERATORS_KEYS ?? '';

/**
 * The first step. Throws `operator_credentials_invalid` for a wrong password, a name that nobody has, and an address that is
 * not allowed, in the same words after the same time; `Delayed`, `unavailable`.
 */
export async function withPassword(event: Asking, { name, password }: z.infer<typeof Credentials>): Promise<void> {
	const began = Date.now();
	const { data, error } = await service().rpc('operator_begin_sign_in', { name, ...visitorOf(event) });
	if (error) throw refusalOf(error);
	const { attempt_id, retry_after, operator } = Begun.parse(data);
	if (retry_after > 0) throw new Delayed(retry_after);
	const fits = await argon.fits(password, operator?.password_hash ?? null);
	if (!operator || !fits) {
		const { error: uncounted } = await service().rpc('operator_refuse_sign_in', { attempt_id, name });
		if (uncounted) throw refusalOf(uncounted);
		await pause(began + refusalTakes - Date.now());
		throw new Failure('operator_credentials_invalid');
	}
	await realm.begin(event, operator.id, { after: 'password', attempt_id });
}

/**
 * The second: a code of the app, or one that was written down. Throws `operator_code_invalid` for a wrong or used one,
 * `operator_session_ended` where the first step is too long ago; `Delayed`, `unavailable`.
 */
export async function withCode(event: Asking, code: string): Promise<void> {
	const former = realm.sessionOf(event);
	const { attempt_id, operator_id, step } = await look(event, former, code);
	const recovery = step === null ? codes.recoveryCode(code) : null;
	await realm.begin(event, operator_id, {
		after: 'code',
		attempt_id,
		former,
		...(step !== null && { step }),
		...(recovery !== null && { recovery })
	});
}

/**
 * A code once more, before what is dear. Throws `operator_code_invalid` for a wrong or used one; five of them end the
 * session; `operator_session_ended`, `Delayed`, `unavailable`.
 */
export async function again(event: Asking, code: string): Promise<void> {
	const session = realm.sessionOf(event);
	const { attempt_id, step } = await look(event, session, code);
	const { data, error } = await service().rpc('operator_freshen', {
		...{ session: realm.hashOf(session), attempt_id },
		...(step !== null && { step })
	});
	if (error) throw refusalOf(error);
	if (!data) throw new Failure('operator_code_invalid');
}

/** Looks at a code; its secret is kept under the key that counts now from then on. */
async function look(event: Asking, session: string, code: string) {
	const { data, error } = await service().rpc('operator_begin_code', {
		session: realm.hashOf(session),
		...visitorOf(event)
	});
	if (error) throw refusalOf(error);
	const { attempt_id, retry_after, operator_id, secret: sealed } = CodeBegun.parse(data);
	if (retry_after > 0) throw new Delayed(retry_after);
	const { secret, isStale } = sealing.open(keys, operator_id, sealed);
	const step = codes.stepOf(code, secret);
	if (step !== null && isStale) {
		const anew = { operator_id, former: sealed, secret: sealing.seal(keys, operator_id, secret) };
		const { error: unsealed } = await service().rpc('operator_reseal', anew);
		if (unsealed) throw refusalOf(unsealed);
	}
	return { attempt_id, operator_id, step };
}

/** Whom a link is for, and what it offers their app. Throws `operator_invitation_over`, `unavailable`. */
export async function invitation(link: string): Promise<z.infer<typeof Invitation> & { secret: string }> {
	const { data, error } = await service().rpc('operator_invitation', { token: link });
	if (error) throw refusalOf(error);
	if (!data) throw new Failure('operator_invitation_over');
	return { ...Invitation.parse(data), secret: sealing.offeredSecret(keys, link) };
}

/**
 * Uses a link: sets the password and the app, and signs in. Answers the codes to write down, which nobody sees again. Throws
 * `operator_invitation_over`, `operator_code_invalid`, `password_weak`, `password_personal`, `unavailable`.
 */
export async function setUp(event: Asking, { link, password, code }: z.infer<typeof SetUp>): Promise<string[]> {
	const { id, name, full_name, secret } = await invitation(link);
	const { judgePassword } = await import('#core/password-strength.ts');
	const { problem } = judgePassword(password, [name, full_name]);
	if (problem) throw new Failure(problem === 'personal' ? 'password_personal' : 'password_weak');
	const step = codes.stepOf(code, secret);
	if (step === null) throw new Failure('operator_code_invalid');
	const recovery = codes.inventRecoveryCodes();
	await realm.begin(event, id, {
		after: 'set_up',
		token: link,
		step,
		secret: sealing.seal(keys, id, secret),
		password_hash: await argon.hash(password),
		recovery: recovery.map((one) => one.replace('-', ''))
	});
	return recovery;
}
