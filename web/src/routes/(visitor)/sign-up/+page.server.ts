import { redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import type { Slug } from '#core/failures.ts';
import * as accounts from '#lib/server/accounts.ts';
import * as forms from '#lib/server/forms.ts';
import * as invitations from '#lib/server/invitations.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

/** Refusals that belong beside a field. */
const fieldOf: Partial<Record<Slug, string>> = {
	username_taken: 'username',
	password_weak: 'password',
	password_personal: 'password'
};

export const load: PageServerLoad = async ({ cookies, locals }) => {
	if (sessions.isBrought(cookies)) redirect(303, '/');
	return { invitation: await invitations.waiting(locals.database, cookies) };
};

export const actions: Actions = {
	default: async ({ request, locals, cookies, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Registration, fields);
		if (refused) return refused;
		try {
			await invitations.keep(draft.email, cookies);
			await accounts.register(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? fieldOf[cause.slug] : undefined);
		}
		accounts.rememberAddress(cookies, draft.email, url.protocol === 'https:');
		redirect(303, '/check-mail');
	}
};
