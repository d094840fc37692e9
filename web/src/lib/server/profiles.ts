import * as z from 'zod';
import { normalizeUsername, usernamePattern } from '#core/account.ts';
import { failures } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import { isLocale } from '#core/locales.ts';
import { findTimeZone } from '#core/time-zones.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** What a person says about themselves, as its form is sent. */
export const Profile = z.object({
	full_name: z.string().max(100, failures.full_name_too_long.says),
	username: z
		.string()
		.transform(normalizeUsername)
		.pipe(z.string().regex(usernamePattern, failures.username_invalid.says)),
	locale: z.string().refine(isLocale, failures.locale_invalid.says),
	time_zone: z.string().transform((typed, context) => {
		const zone = findTimeZone(typed);
		if (zone) return zone;
		context.addIssue({ code: 'custom', message: failures.time_zone_invalid.says });
		return z.NEVER;
	})
});
export type Profile = z.infer<typeof Profile>;

/** Refusals of `update` that belong beside a field. */
export const fieldOf: Partial<Record<Slug, keyof Profile>> = {
	full_name_too_long: 'full_name',
	username_invalid: 'username',
	username_taken: 'username',
	locale_invalid: 'locale',
	time_zone_invalid: 'time_zone'
};

/** Replaces what the person says about themselves. Throws `username_taken` and the other keys of `fieldOf`. */
export async function update(database: AppDatabase, profile: Profile): Promise<void> {
	const { error } = await database.rpc('update_profile', profile);
	if (error) throw refusalOf(error);
}

/** How long a text waits before it leaves, as its form is sent. */
export const UndoSend = z.object({
	seconds: z.coerce
		.number('Choose 0 to 30 seconds.')
		.int()
		.min(0, 'Choose 0 to 30 seconds.')
		.max(30, 'Choose 0 to 30 seconds.')
});

/** Sets for how many seconds this person's texts can be taken back. */
export async function setUndoSend(database: AppDatabase, { seconds }: z.infer<typeof UndoSend>): Promise<void> {
	const { error } = await database.rpc('set_undo_send', { seconds });
	if (error) throw refusalOf(error);
}
