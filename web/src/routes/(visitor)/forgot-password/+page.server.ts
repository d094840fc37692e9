import * as accounts from '#lib/server/accounts.ts';
import * as forms from '#lib/server/forms.ts';
import { mailPause } from '#lib/server/mail-requests.ts';
import type { Actions } from './$types';

/** The answer is the same for an address that has an account and for one that has none. */
export const actions: Actions = {
	default: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.EmailAddress, fields);
		if (refused) return refused;
		try {
			await accounts.sendRecovery(locals.database, draft.email);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, values: { email: draft.email }, sent: true, seconds: mailPause };
	}
};
