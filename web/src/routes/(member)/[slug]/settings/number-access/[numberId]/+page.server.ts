import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as members from '#lib/server/members.ts';
import * as numberAccess from '#lib/server/number-access.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
	depends('organization:people');
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('numbers:assign')) error(403, failures.not_allowed.says);
	const [number, people] = await Promise.all([
		numberAccess.find(locals.database, id, params.numberId),
		members.list(locals.database, id)
	]);
	return { number, people: people.filter(({ role }) => role === 'member' || role === 'viewer') };
};

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const choice = numberAccess.choiceOf(await request.formData());
		try {
			await numberAccess.set(locals.database, params.numberId, choice);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Saved. Lists and open pages follow at once.' };
	}
};
