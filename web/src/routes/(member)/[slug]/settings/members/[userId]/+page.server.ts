import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { mayAssign, mayRemove, roles } from '#core/capabilities.ts';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as members from '#lib/server/members.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
	depends('organization:people');
	const { id, role: mine } = locals.me.organization;
	if (!locals.me.organization.capabilities.includes('members:remove')) error(403, failures.not_allowed.says);
	const everybody = await members.list(locals.database, id);
	const person = everybody.find(({ user_id }) => user_id === params.userId);
	if (!person) error(404, failures.not_found.says);
	const self = person.user_id === locals.me.user_id;
	const removable = !self && mayRemove(mine, person.role);
	return {
		person,
		self,
		removable,
		roles: self || !mayAssign(mine, person.role) ? [] : roles.filter((role) => mayAssign(mine, role)),
		leaves: removable ? await members.leftBehind(locals.database, id, person.user_id) : null,
		others: everybody.filter(({ user_id }) => user_id !== person.user_id)
	};
};

export const actions: Actions = {
	role: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(members.RoleChange, fields);
		if (refused) return refused;
		try {
			await members.changeRole(locals.database, locals.me.organization.id, params.userId, draft.role);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	remove: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(members.Removal, fields);
		if (refused) return refused;
		const { id, slug } = locals.me.organization;
		try {
			await members.remove(locals.database, id, params.userId, draft.hand_over_to || null);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, `${resolve('/(member)/[slug]/settings/members', { slug })}?removed`);
	}
};
