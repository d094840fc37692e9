import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as uploads from '#lib/server/uploads.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { id, capabilities, logo_path } = locals.me.organization;
	if (!capabilities.includes('organization:update')) error(403, failures.not_allowed.says);
	return { upload: await uploads.latest(locals.database, id, logo_path) };
};

export const actions: Actions = {
	put: async ({ request, locals }) => {
		try {
			const file = await uploads.pictureIn(request);
			await uploads.putUp(locals.database, { bucket: 'logos', organizationId: locals.me.organization.id }, file);
		} catch (cause) {
			return forms.refusedBy(cause, {}, 'picture');
		}
		return { ...forms.accepted, done: 'sent' as const };
	},

	remove: async ({ locals }) => {
		try {
			await uploads.removeLogo(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {}, 'picture');
		}
		return { ...forms.accepted, done: 'removed' as const };
	}
};
