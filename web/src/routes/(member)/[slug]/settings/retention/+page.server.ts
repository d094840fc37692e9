import * as forms from '#lib/server/forms.ts';
import * as retention from '#lib/server/retention.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { id } = locals.me.organization;
	const [rules, byPlan] = await Promise.all([
		retention.rules(locals.database, id),
		retention.byPlan(locals.database, id)
	]);
	// the same moment on the server and in the browser
	return { rules, byPlan, now: new Date().toISOString() };
};

export const actions: Actions = {
	save: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(retention.Rule, fields);
		if (refused) return refused;
		try {
			await retention.set(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, saved: draft.class };
	},

	count: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(retention.Rule, fields);
		if (refused) return refused;
		try {
			const counted = await retention.count(locals.database, locals.me.organization.id, draft);
			return { ...forms.accepted, values: fields, counted: { ...draft, ...counted } };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
