import { tick } from 'svelte';
import type { SubmitFunction } from '$app/forms';

/**
 * How our forms are sent with JavaScript: `onbusy` is told while the answer is awaited, what was typed stays, and
 * after a refusal the first wrong field has the focus.
 */
export function enhanced(onbusy: (busy: boolean) => void): SubmitFunction {
	return ({ formElement }) => {
		onbusy(true);
		return async ({ update }) => {
			await update({ reset: false });
			onbusy(false);
			await tick();
			formElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
		};
	};
}
