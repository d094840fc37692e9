import { error, redirect } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as deeds from '#lib/server/operators/deeds.ts';
import * as persons from '#lib/server/operators/persons.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(params.userId)) error(404, failures.not_found.says);
	return persons.look(locals.operator, params.userId);
};

export const actions: Actions = {
	hold: async (event) => {
		const { request, locals, params, url } = event;
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(persons.Hold, fields);
		if (refused) return refused;
		const { refused: unwilling } = await deeds.act(event, fields, () =>
			persons.hold(locals.operator, params.userId, draft)
		);
		if (unwilling) return unwilling;
		redirect(303, url.pathname);
	}
};
