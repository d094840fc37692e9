import { Failure } from '#core/failures.ts';
import { namedLocales } from '#core/locales.ts';
import { timeZones } from '#core/time-zones.ts';
import * as forms from '#lib/server/forms.ts';
import * as profiles from '#lib/server/profiles.ts';
import * as uploads from '#lib/server/uploads.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	upload: await uploads.latest(locals.database, null, locals.me.avatar_path),
	locales: namedLocales(),
	zones: timeZones
});

export const actions: Actions = {
	save: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(profiles.Profile, fields);
		if (refused) return refused;
		try {
			await profiles.update(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? profiles.fieldOf[cause.slug] : undefined);
		}
		return { ...forms.accepted, done: 'saved' as const };
	},

	undo: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(profiles.UndoSend, fields);
		if (refused) return refused;
		try {
			await profiles.setUndoSend(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'undo' as const };
	},

	put: async ({ request, locals }) => {
		try {
			const file = await uploads.pictureIn(request);
			await uploads.putUp(locals.database, { bucket: 'avatars', personId: locals.me.user_id }, file);
		} catch (cause) {
			return forms.refusedBy(cause, {}, 'picture');
		}
		return { ...forms.accepted, done: 'sent' as const };
	},

	remove: async ({ locals }) => {
		try {
			await uploads.removeAvatar(locals.database);
		} catch (cause) {
			return forms.refusedBy(cause, {}, 'picture');
		}
		return { ...forms.accepted, done: 'removed' as const };
	}
};
