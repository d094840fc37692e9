import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { searchOf } from '#core/filtered-verifications.ts';
import { filterOf } from '#core/verification-filters.ts';
import * as forms from '#lib/server/forms.ts';
import * as exports from '#lib/server/verification-exports.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	depends('app:exports');
	const { organization, time_zone: zone } = locals.me;
	const filter = filterOf(url.searchParams);
	const [count, list] = await Promise.all([
		exports.count(locals.database, organization.id, filter, zone),
		exports.list(locals.database, organization.id)
	]);
	return { count, exports: list, search: searchOf(filter) };
};

export const actions: Actions = {
	begin: async ({ request, locals, params, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(exports.Wanted, fields);
		if (refused) return refused;
		const { organization, time_zone: zone } = locals.me;
		const filter = filterOf(url.searchParams);
		try {
			await exports.begin(locals.database, organization.id, draft.format, filter, zone);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, resolve('/(member)/[slug]/verifications/export', params) + searchOf(filter));
	},

	remove: async ({ request, locals, params, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await exports.remove(locals.database, fields.id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, resolve('/(member)/[slug]/verifications/export', params) + searchOf(filterOf(url.searchParams)));
	}
};
