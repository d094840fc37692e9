import { error, fail, redirect } from '@sveltejs/kit';
import type { ActionFailure } from '@sveltejs/kit';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { resolve } from '$app/paths';
import { failures } from '#core/failures.ts';
import { overlaps } from '#core/key-scopes.ts';
import { exactly } from '#lib/account/when.ts';
import { endOf } from '#lib/keys/moments.ts';
import { rowOf } from '#lib/keys/rows.ts';
import { offeredScopes } from '#lib/keys/scopes.ts';
import { unusedScopes } from '#lib/keys/unused.ts';
import { isOver } from '#lib/keys/words.ts';
import * as apiKeys from '#lib/server/api-keys.ts';
import * as forms from '#lib/server/forms.ts';
import * as members from '#lib/server/members.ts';
import * as notifications from '#lib/server/notifications.ts';
import type { Actions, PageServerLoad } from './$types';

const month = 30 * 86_400_000;

export const load: PageServerLoad = async ({ locals, params }) => {
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('keys:manage')) error(403, failures.not_allowed.says);
	const now = new Date();
	const at = now.toISOString();
	const [keys, numbers, people, refusals] = await Promise.all([
		apiKeys.list(locals.database, id),
		apiKeys.numbers(locals.database, id),
		members.list(locals.database, id),
		apiKeys.refusals(locals.database, id, new Date(now.getTime() - month), params.keyId),
		notifications.markNoticesRead(locals.database, id, params.keyId)
	]);
	const key = keys.find((one) => one.id === params.keyId);
	if (!key) error(404, failures.not_found.says);
	const maker = people.find(({ user_id }) => user_id === key.created_by);
	return {
		key,
		// as they are shown: the page needs nothing to know them
		created: exactly(key.created_at, locals.me.time_zone),
		end: endOfKey(key, at, locals.me.time_zone),
		lastUsed: key.last_used_at && exactly(key.last_used_at, locals.me.time_zone),
		idle: unusedScopes(key, at),
		offered: offeredScopes(),
		overlaps,
		lastDay: apiKeys.lastDayOf(key, locals.me.time_zone),
		over: isOver(key, at),
		/** Both of a rotation, as long as there are both: the one in whose place it is, itself, the one in its place. */
		pair: [keys.find((one) => one.id === key.replaces), key, keys.find(({ replaces }) => replaces === key.id)]
			.filter((one) => one !== undefined)
			.filter((one) => !isOver(one, at))
			.map((one) => rowOf(one, at, locals.me.time_zone)),
		maker: maker ? (maker.full_name ?? maker.username) : null,
		numbers,
		refusals,
		now: at,
		api: `${PUBLIC_SUPABASE_URL}/functions/v1/api`
	};
};

/** A sentence about when a key has ended or will; none where it goes on until it is revoked. */
function endOfKey(key: apiKeys.Key, now: string, timeZone: string): string {
	if (key.revoked_at) return `Revoked on ${exactly(key.revoked_at, timeZone)}.`;
	if (!key.expires_at) return '';
	return `${isOver(key, now) ? 'Expired:' : 'Good until'} ${endOf(key.expires_at, timeZone)}.`;
}

export const actions: Actions = {
	rename: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(apiKeys.Renaming, fields);
		if (refused) return refused;
		try {
			await apiKeys.rename(locals.database, params.keyId, draft.name);
		} catch (cause) {
			return forms.refusedBy(cause, fields, apiKeys.fieldOf(cause));
		}
		return { ...forms.accepted, done: 'Renamed.' };
	},

	change: async ({ request, locals, params }) => {
		const form = await request.formData();
		const rights = apiKeys.rightsIn(form);
		const again = ({ status, data }: ActionFailure<forms.Refused>) => fail(status, { ...data, rights });
		const { draft, refused } = forms.parse(apiKeys.Changing, {}, rights);
		if (refused) return again(refused);
		try {
			const key = await apiKeys.find(locals.database, locals.me.organization.id, params.keyId);
			await apiKeys.change(locals.database, key, draft, locals.me.time_zone);
		} catch (cause) {
			return again(forms.refusedBy(cause, {}, apiKeys.fieldOf(cause)));
		}
		return { ...forms.accepted, done: 'Saved. Its next request follows it.' };
	},

	rotate: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(apiKeys.Rotating, fields);
		if (refused) return refused;
		const { id: organizationId } = locals.me.organization;
		try {
			const old = await apiKeys.find(locals.database, organizationId, params.keyId);
			const { id, key } = await apiKeys.rotate(locals.database, old, draft.overlap);
			const [made, rotated] = await Promise.all([
				apiKeys.find(locals.database, organizationId, id),
				apiKeys.find(locals.database, organizationId, params.keyId)
			]);
			return {
				...forms.accepted,
				made: { ...made, key, overlap_until: draft.overlap > 0 ? rotated.expires_at : null }
			};
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	},

	revoke: async ({ locals, params }) => {
		try {
			await apiKeys.revoke(locals.database, params.keyId);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		const { slug } = locals.me.organization;
		redirect(303, `${resolve('/(member)/[slug]/settings/api-keys', { slug })}?revoked`);
	}
};
