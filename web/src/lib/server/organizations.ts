import { getCountries } from 'libphonenumber-js';
import * as z from 'zod';
import { Failure, failures } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import { longestName, slugOf, slugPattern } from '#core/organizations.ts';
import { findTimeZone } from '#core/time-zones.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** What an organization's form sends. An address left empty is taken from the name. */
export const Draft = z
	.object({
		name: z
			.string()
			.min(1, failures.organization_name_invalid.says)
			.max(longestName, failures.organization_name_invalid.says),
		slug: z.string().transform((typed) => typed.toLowerCase()),
		time_zone: z.string().transform((typed, context) => {
			const zone = findTimeZone(typed);
			if (zone) return zone;
			context.addIssue({ code: 'custom', message: failures.time_zone_invalid.says });
			return z.NEVER;
		})
	})
	.transform((draft, context) => {
		const slug = draft.slug || slugOf(draft.name);
		if (slugPattern.test(slug)) return { ...draft, slug };
		context.addIssue({ code: 'custom', path: ['slug'], message: failures.slug_invalid.says });
		return z.NEVER;
	});
export type Draft = z.infer<typeof Draft>;

/** Refusals of `create` and `update` that belong beside a field. */
export const fieldOf: Partial<Record<Slug, keyof Draft>> = {
	organization_name_invalid: 'name',
	slug_invalid: 'slug',
	slug_taken: 'slug',
	time_zone_invalid: 'time_zone'
};

const Made = z.object({ slug: z.string() });

/** Makes an organization that the person owns; its slug. Throws `slug_taken`, `rate_limited` and the keys of `fieldOf`. */
export async function create(database: AppDatabase, draft: Draft): Promise<string> {
	const { data, error } = await database.rpc('create_organization', draft);
	if (error) throw refusalOf(error);
	return Made.parse(data).slug;
}

/** Throws `not_allowed`, `slug_taken` and the keys of `fieldOf`. */
export async function update(database: AppDatabase, organizationId: string, draft: Draft): Promise<void> {
	const { error } = await database.rpc('update_organization', { organization_id: organizationId, ...draft });
	if (error) throw refusalOf(error);
}

/** Whether an address is free. Throws `session_ended`, `rate_limited`. */
export async function slugAvailable(database: AppDatabase, slug: string): Promise<boolean> {
	const { data, error } = await database.rpc('slug_available', { slug });
	if (error) throw refusalOf(error);
	return data === true;
}

const InboxSettings = z.object({ country_code: z.string(), reopen_archived: z.boolean() });

/** How an organization's inbox works: the country of numbers without a code, and whether a text brings an archived one back. */
export async function inboxSettings(
	database: AppDatabase,
	organizationId: string
): Promise<z.infer<typeof InboxSettings>> {
	const { data, error } = await database
		.from('organizations')
		.select('country_code, reopen_archived')
		.eq('id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	if (!data) throw new Failure('not_found');
	return InboxSettings.parse(data);
}

/** A box that is not ticked is not sent. */
export const InboxChange = z.object({
	country_code: z.string().regex(/^[A-Z]{2}$/, failures.country_invalid.says),
	reopen_archived: z.literal('on').optional()
});

/** Throws `country_invalid`, `not_allowed`. */
export async function setInbox(
	database: AppDatabase,
	organizationId: string,
	{ country_code, reopen_archived }: z.infer<typeof InboxChange>
): Promise<void> {
	const { error } = await database.rpc('set_inbox_settings', {
		organization_id: organizationId,
		country_code,
		reopen_archived: reopen_archived === 'on'
	});
	if (error) throw refusalOf(error);
}

/** Every country that has numbers, by its name. */
export function countries(): { value: string; word: string }[] {
	const names = new Intl.DisplayNames(['en'], { type: 'region' });
	return getCountries()
		.map((code) => ({ value: code, word: names.of(code) ?? code }))
		.sort((a, b) => a.word.localeCompare(b.word, 'en'));
}

/** The time zone an organization counts its days in. Throws `not_found`. */
export async function timeZone(database: AppDatabase, organizationId: string): Promise<string> {
	const { data, error } = await database
		.from('organizations')
		.select('time_zone')
		.eq('id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	if (!data?.time_zone) throw new Failure('not_found');
	return data.time_zone;
}
