import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { safeNext } from '#lib/server/destinations.ts';
import * as forms from '#lib/server/forms.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url, params }) => ({
	back: safeNext(url.searchParams.get('next')) ?? resolve('/(member)/[slug]/settings', params)
});

/** What the dialog does, for browsers without scripts: the password once more, then back to the form that needs it. */
export const actions: Actions = {
	default: async ({ request, locals, params, url, getClientAddress }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(signIns.Confirmation, fields);
		if (refused) return refused;
		try {
			await signIns.confirm(locals.me, draft.password, signIns.visitorOf({ request, getClientAddress }));
		} catch (cause) {
			return forms.refusedBy(cause, fields, 'password');
		}
		redirect(303, safeNext(url.searchParams.get('next')) ?? resolve('/(member)/[slug]/settings', params));
	}
};
