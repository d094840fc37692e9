import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as accounts from '#lib/server/operators/accounts.ts';
import * as deeds from '#lib/server/operators/deeds.ts';
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
	invite: async (event) => {
		const { request, locals, url } = event;
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Invite, fields);
		if (refused) return refused;
		const { came, refused: unwilling } = await deeds.act(event, fields, () => accounts.invite(locals.operator, draft));
		if (unwilling) return unwilling;
		return { ...forms.accepted, link: `${url.origin}/admin/sign-in?link=${came}`, name: draft.name };
	},
	disable: async (event) => {
		const { request, locals } = event;
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Disable, fields);
		if (refused) return refused;
		const { refused: unwilling } = await deeds.act(event, fields, () => accounts.disable(locals.operator, draft));
		return unwilling ?? forms.accepted;
	}
};
