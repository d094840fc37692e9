import { resolve } from '$app/paths';
import { normalizeUsername, usernamePattern, usernameTaken } from '#core/account.ts';
import { NameCheck, askServer } from './name-check.svelte.ts';

/** Whether a username is free while it is typed: fetched when somebody is about to type one (NameField). */
export const check = () =>
	new NameCheck({
		normalize: normalizeUsername,
		pattern: usernamePattern,
		ask: (name, signal) =>
			askServer(`${resolve('/(visitor)/sign-up/username')}?${new URLSearchParams({ name })}`, signal),
		taken: usernameTaken,
		shown: (name) => `@${name}`
	});
