import { refusalOf } from './refusals.ts';
import { service } from './service.ts';
import { Delayed } from './sign-ins.ts';

/** From one letter to the next of its kind, in seconds: as the database counts it. */
export const mailPause = 62;

export type Kind = 'signup' | 'recovery' | 'email_change';

/**
 * Asks whether Auth may be asked for a letter to this address now, and notes it. The count is the same for every address,
 * known or not, where Auth's own would tell one from the other. Throws `Delayed`, `unavailable`.
 */
export async function begin(email: string, kind: Kind): Promise<void> {
	const seconds = await wait(email, kind);
	if (seconds > 0) throw new Delayed(seconds);
}

/** The same, without a refusal: the seconds to wait, or 0, which is noted. Throws `unavailable`. */
export async function wait(email: string, kind: Kind): Promise<number> {
	const { data, error } = await service().rpc('begin_mail', { email, kind });
	if (error) throw refusalOf(error);
	return data;
}
