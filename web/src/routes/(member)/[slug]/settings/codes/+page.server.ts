import { failures } from '#core/failures.ts';
import * as codes from '#lib/server/codes.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { id } = locals.me.organization;
	const [settings, rules] = await Promise.all([codes.settings(locals.database, id), codes.rules(locals.database, id)]);
	return { settings, rules };
};

export const actions: Actions = {
	save: async ({ request, locals }) => {
		const form = await request.formData();
		const fields = forms.fieldsOf(form);
		const hours = codes.NewSettings.safeParse(fields);
		if (!hours.success) return forms.invalid(fields, 'count', failures.code_settings_invalid.says);
		try {
			await codes.set(locals.database, locals.me.organization.id, codes.rolesIn(form), hours.data);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	confirm: async ({ locals }) => {
		try {
			await codes.confirmUse(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Confirmed.' };
	},

	remove: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await codes.removeRule(locals.database, fields.id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'The rule is deleted. Texts that are stored stay as they are.' };
	}
};
