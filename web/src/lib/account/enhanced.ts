import { tick } from 'svelte';
import { applyAction } from '$app/forms';
import type { SubmitFunction } from '$app/forms';
import { askPassword } from './ask-password.ts';
import type { Reason } from './ask-password.ts';

type Result = Parameters<Exclude<Awaited<ReturnType<SubmitFunction>>, void>>[0]['result'];

/**
 * How our forms are sent with JavaScript: `onbusy` is told while the answer is awaited, what was typed stays, and
 * after a refusal the first wrong field has the focus. Where the refusal asks for the password (a sensitive verb, a
 * session that expired), it is asked for over the page, and then the same is sent again.
 */
export function enhanced(onbusy: (busy: boolean) => void): SubmitFunction {
	return ({ formElement, submitter }) => {
		onbusy(true);
		return async ({ result, update }) => {
			const reason = reasonToAsk(result);
			if (reason && (await askPassword(reason))) {
				onbusy(false);
				formElement.requestSubmit(submitter);
				return;
			}
			if (reason === 'expired') {
				onbusy(false);
				return;
			}
			const trouble = troubleOf(result);
			if (trouble) await applyAction({ type: 'failure', status: 503, data: trouble, location: location.href });
			else await update({ reset: false });
			onbusy(false);
			await tick();
			formElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
		};
	};
}

/** Why the password has to be asked for before the same can be sent again. */
function reasonToAsk(result: Result): Reason | undefined {
	if (result.type === 'failure' && result.data?.slug === 'fresh_session_required') return 'fresh';
	if (result.type === 'failure' && result.data?.slug === 'session_ended') return 'expired';
	// the guard of our pages: only time has ended the session
	if (result.type === 'redirect' && result.location.startsWith('/sign-in?expired')) return 'expired';
	return undefined;
}

/** A server in trouble, or no connection: said above the form, which an error page would throw away. */
function troubleOf(result: Result): { says: string; errors: object; values: object } | undefined {
	if (result.type !== 'error') return undefined;
	const { status, error } = result as { status?: number; error?: { message?: string } };
	if (status !== undefined && status < 500) return undefined;
	const says =
		status && error?.message
			? error.message
			: 'There is no connection. Nothing was changed; send it again when it is back.';
	return { says, errors: {}, values: {} };
}
