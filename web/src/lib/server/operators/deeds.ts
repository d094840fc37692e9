import type { ActionFailure, Cookies, RequestEvent } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as forms from '../forms.ts';
import * as signIn from './sign-in.ts';

type Event = Pick<RequestEvent, 'getClientAddress' | 'request' | 'url'> & { cookies: Cookies };

/**
 * Does something dear: with the code that came along with its form, if one did. What was typed comes back where it is
 * refused, the code excepted, which counts once.
 */
export async function act<T>(
	event: Event,
	{ code = '', ...fields }: Record<string, string>,
	work: () => Promise<T>
): Promise<{ came: T; refused?: undefined } | { came?: undefined; refused: ActionFailure<forms.Refused> }> {
	try {
		if (code !== '') await signIn.again(event, code);
		return { came: await work() };
	} catch (cause) {
		const aboutCode =
			cause instanceof Failure && (cause.slug === 'operator_code_needed' || cause.slug === 'operator_code_invalid');
		return { refused: forms.refusedBy(cause, fields, aboutCode ? 'code' : undefined) };
	}
}
