import * as accounts from '#lib/server/accounts.ts';
import * as forms from '#lib/server/forms.ts';
import * as invitations from '#lib/server/invitations.ts';
import { mailPause } from '#lib/server/mail-requests.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ cookies }) => ({
	...accounts.remembered(cookies),
	/** Where signing in leads, for somebody who came by an invitation. */
	next: invitations.carried(cookies) && '/invitation'
});

export const actions: Actions = {
	default: async ({ request, locals, cookies, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.EmailAddress, fields);
		if (refused) return refused;
		try {
			await accounts.resendConfirmation(locals.database, draft.email);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		accounts.rememberAddress(cookies, draft.email, url.protocol === 'https:');
		return { ...forms.accepted, sent: true, seconds: mailPause };
	}
};
