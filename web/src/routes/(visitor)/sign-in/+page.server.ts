import { redirect } from '@sveltejs/kit';
import { Failure, failures } from '#core/failures.ts';
import * as accounts from '#lib/server/accounts.ts';
import { safeNext } from '#lib/server/destinations.ts';
import * as forms from '#lib/server/forms.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url, cookies }) => {
	if (sessions.isBrought(cookies)) redirect(303, safeNext(url.searchParams.get('next')) ?? '/');
	const over = url.searchParams.has('ended') || url.searchParams.has('expired');
	return { ended: over ? failures.session_ended.says : undefined, changed: url.searchParams.has('changed') };
};

export const actions: Actions = {
	default: async ({ request, locals, cookies, url, getClientAddress }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.Credentials, fields);
		if (refused) return refused;
		let home: string;
		try {
			const visitor = signIns.visitorOf({ request, getClientAddress });
			const { known } = await sessions.begin(locals.database, draft, visitor);
			home = people.homeOf(await people.whoami(locals.database));
			sessions.arrive(cookies);
			signIns.tell(cookies, known, url.protocol === 'https:');
		} catch (cause) {
			if (cause instanceof Failure && cause.slug === 'suspended') await sessions.end(locals.database, cookies);
			// only whoever knows the password learns this; the page it leads to offers a new mail
			if (cause instanceof Failure && cause.slug === 'email_unconfirmed') {
				accounts.rememberAddress(cookies, draft.email, url.protocol === 'https:');
			}
			return forms.refusedBy(cause, fields);
		}
		redirect(303, safeNext(url.searchParams.get('next')) ?? home);
	}
};
