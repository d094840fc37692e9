import * as forms from '#lib/server/forms.ts';
import * as sessions from '#lib/server/sessions.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { me, database } = locals;
	const [devices, recent] = await Promise.all([sessions.list(database), signIns.recent(database)]);
	return { devices, recent, zone: me.time_zone };
};

export const actions: Actions = {
	end: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(sessions.Ending, fields);
		if (refused) return refused;
		try {
			await sessions.endOne(locals.database, draft.session);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: `${draft.name} is signed out.` };
	},

	endOthers: async ({ locals }) => {
		try {
			const ended = await sessions.endOthers(locals.database);
			const done = ended === 1 ? 'The other device is signed out.' : `${ended} other devices are signed out.`;
			return { ...forms.accepted, done };
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
	}
};
