import { mount, unmount } from 'svelte';
import { resolve } from '$app/paths';
import { page } from '$app/state';

/** `fresh`: something needs the password of somebody who is signed in. `expired`: their session ran into its limits. */
export type Reason = 'fresh' | 'expired';

/** One dialog for all who ask at the same moment. Only ever used in a browser. */
let asking: Promise<boolean> | null = null;

/**
 * Asks for the password in a dialog over the page, which stays as it is. Answers true once it was right: what was refused
 * can be repeated; false if the person would rather not.
 */
export function askPassword(reason: Reason): Promise<boolean> {
	asking ??= ask(reason).finally(() => (asking = null));
	return asking;
}

async function ask(reason: Reason): Promise<boolean> {
	const person = page.data.me ?? page.data.person;
	const next = location.pathname + location.search;
	const signIn = `${resolve('/(visitor)/sign-in')}?${new URLSearchParams({ expired: '', next })}`;
	if (!person) {
		location.assign(signIn);
		return false;
	}
	const { default: PasswordDialog } = await import('./PasswordDialog.svelte');
	const before = document.activeElement;
	let dialog: Record<string, unknown> | undefined;
	try {
		return await new Promise<boolean>((onanswer) => {
			dialog = mount(PasswordDialog, { target: document.body, props: { reason, person, signIn, onanswer } });
		});
	} finally {
		if (dialog) await unmount(dialog);
		if (before instanceof HTMLElement) before.focus();
	}
}
