import { tick } from 'svelte';
import type { SubmitFunction } from '$app/forms';

type Told = { onbusy: (busy: boolean) => void; onunreachable: (unreachable: boolean) => void; onsent: () => void };

/**
 * How a form of "New text" is sent: it stays as it is until it went through, so that sending it again, with the same key,
 * sends once. Afterwards the first wrong field has the focus.
 */
export function sending({ onbusy, onunreachable, onsent }: Told): SubmitFunction {
	return ({ formElement }) => {
		onbusy(true);
		onunreachable(false);
		return async ({ result, update }) => {
			onbusy(false);
			if (result.type === 'error') onunreachable(true);
			else await update({ reset: false });
			if (result.type === 'redirect' || (result.type === 'success' && result.data?.sent)) onsent();
			await tick();
			formElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
		};
	};
}
