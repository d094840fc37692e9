import { redirect } from '@sveltejs/kit';
import { Failure, failures } from '#core/failures.ts';
import * as accounts from '#lib/server/accounts.ts';
import { safeNext } from '#lib/server/destinations.ts';
import * as forms from '#lib/server/forms.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url, cookies }) => {
	if (sessions.isBrought(cookies)) redirect(303, safeNext(url.searchParams.get('next')) ?? '/');
	return { ended: url.searchParams.has('ended') ? failures.session_ended.says : undefined };
};

export const actions: Actions = {
	default: async ({ request, locals, cookies, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Credentials, fields);
		if (refused) return refused;
		let home: string;
		try {
			await sessions.begin(locals.database, draft);
			home = people.homeOf(await people.whoami(locals.database));
		} catch (cause) {
			// only whoever knows the password learns this; the page it leads to offers a new mail
			if (cause instanceof Failure && cause.slug === 'email_unconfirmed') {
				accounts.rememberAddress(cookies, draft.email, url.protocol === 'https:');
			}
			return forms.refusedBy(cause, fields);
		}
		redirect(303, safeNext(url.searchParams.get('next')) ?? home);
	}
};
