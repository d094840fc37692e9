import * as forms from '#lib/server/forms.ts';
import * as templates from '#lib/server/templates.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const list = await templates.list(locals.database, locals.me.organization.id);
	return { templates: list, chosen: list.find(({ id }) => id === url.searchParams.get('edit')) ?? null };
};

export const actions: Actions = {
	save: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(templates.Saving, fields);
		if (refused) return refused;
		try {
			await templates.save(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: `“${draft.name}” is saved.` };
	},

	remove: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await templates.remove(locals.database, fields.id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Deleted. Texts that began with it stay as they are.' };
	}
};
