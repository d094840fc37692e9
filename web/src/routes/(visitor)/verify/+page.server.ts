import { redirect } from '@sveltejs/kit';
import * as accounts from '#lib/server/accounts.ts';
import * as forms from '#lib/server/forms.ts';
import * as people from '#lib/server/people.ts';
import type { Actions, PageServerLoad } from './$types';

/** Only shows a button: mail scanners open links, they do not press buttons. */
export const load: PageServerLoad = ({ url }) => ({
	token: url.searchParams.get('type') === 'signup' ? (url.searchParams.get('token_hash') ?? '') : ''
});

export const actions: Actions = {
	confirm: async ({ request, locals, cookies }) => {
		const fields = forms.fieldsOf(await request.formData());
		let home: string;
		try {
			if (!(await accounts.confirm(locals.database, fields.token ?? ''))) return { ...forms.accepted, expired: true };
			home = people.homeOf(await people.whoami(locals.database));
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		accounts.forgetAddress(cookies);
		redirect(303, home);
	},

	resend: async ({ request, locals, cookies, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.EmailAddress, fields);
		if (refused) return refused;
		try {
			await accounts.resendConfirmation(locals.database, draft.email);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		accounts.rememberAddress(cookies, draft.email, url.protocol === 'https:');
		redirect(303, '/check-mail');
	}
};
