import { resolve } from '$app/paths';
import { slugOf, slugPattern, slugTaken } from '#core/organizations.ts';
import { NameCheck, askServer } from './name-check.svelte.ts';

/** Whether an organization's address is free while it is typed: fetched when somebody is about to type one (NameField). */
export const check = () =>
	new NameCheck({
		normalize: (typed) => typed.trim().toLowerCase(),
		pattern: slugPattern,
		ask: (slug, signal) =>
			askServer(`${resolve('/(person)/organizations/slug')}?${new URLSearchParams({ slug })}`, signal),
		taken: slugTaken,
		suggest: slugOf
	});
