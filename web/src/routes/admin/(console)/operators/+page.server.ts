import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as accounts from '#lib/server/operators/accounts.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	try {
		return { operators: await accounts.list(locals.operator) };
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};

export const actions: Actions = {
	invite: async ({ request, locals, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Invite, fields);
		if (refused) return refused;
		try {
			const link = await accounts.invite(locals.operator, draft);
			return { ...forms.accepted, link: `${url.origin}/admin/sign-in?link=${link}`, name: draft.name };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	},
	disable: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Disable, fields);
		if (refused) return refused;
		try {
			await accounts.disable(locals.operator, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return forms.accepted;
	}
};
