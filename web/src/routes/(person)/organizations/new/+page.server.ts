import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { timeZones } from '#core/time-zones.ts';
import * as forms from '#lib/server/forms.ts';
import * as organizations from '#lib/server/organizations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => ({
	zone: locals.person.time_zone,
	zones: timeZones,
	host: url.host
});

export const actions: Actions = {
	default: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(organizations.Draft, fields);
		if (refused) return refused;
		let slug: string;
		try {
			slug = await organizations.create(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? organizations.fieldOf[cause.slug] : undefined);
		}
		redirect(303, resolve('/(member)/[slug]/settings/members', { slug }));
	}
};
