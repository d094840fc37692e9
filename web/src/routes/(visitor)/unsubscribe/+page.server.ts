import * as forms from '#lib/server/forms.ts';
import * as settings from '#lib/server/notification-settings.ts';
import type { Actions, PageServerLoad } from './$types';

/** Opening a letter's link ends nothing: programs look at links before people do. */
export const load: PageServerLoad = async ({ url }) => {
	const token = url.searchParams.get('token') ?? '';
	return { token, letters: token === '' ? null : await settings.lettersOf(token) };
};

export const actions: Actions = {
	default: async ({ request }) => {
		const { token = '' } = forms.fieldsOf(await request.formData());
		try {
			return { ...forms.accepted, ended: await settings.endLetters(token) };
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
	}
};
