import { error, redirect } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import { rowOf } from '#lib/keys/rows.ts';
import * as apiKeys from '#lib/server/api-keys.ts';
import * as forms from '#lib/server/forms.ts';
import * as requestLimits from '#lib/server/request-limits.ts';
import type { Actions, PageServerLoad } from './$types';

const week = 7 * 86_400_000;

export const load: PageServerLoad = async ({ locals }) => {
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('keys:manage')) error(403, failures.not_allowed.says);
	const now = new Date();
	const [keys, refusals, limits] = await Promise.all([
		apiKeys.list(locals.database, id),
		apiKeys.refusals(locals.database, id, new Date(now.getTime() - week)),
		requestLimits.read(locals.database, id)
	]);
	const at = now.toISOString();
	return { keys: keys.map((key) => rowOf(key, at, locals.me.time_zone)), refusals, limits, now: at };
};

export const actions: Actions = {
	double: async ({ locals, params }) => {
		try {
			await requestLimits.double(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		redirect(303, `/${params.slug}/settings/api-keys#limits`);
	}
};
