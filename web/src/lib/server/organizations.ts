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
