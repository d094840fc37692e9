import { redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as passwords from '#lib/server/passwords.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import { visitorOf } from '#lib/server/sign-ins.ts';
import type { Actions, PageServerLoad } from './$types';

/** Only shows a form: the token is used up when a password is sent with it. */
export const load: PageServerLoad = ({ url, cookies }) => ({
	token: url.searchParams.get('token_hash') ?? '',
	recovering: passwords.isRecovering(cookies)
});

export const actions: Actions = {
	default: async ({ request, locals, cookies, url, getClientAddress }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(passwords.Reset, fields);
		if (refused) return refused;
		const asked = { token: fields.token ?? '', password: draft.password, secure: url.protocol === 'https:' };
		let home = '/sign-in?changed';
		try {
			const outcome = await passwords.reset(locals.database, cookies, asked, visitorOf({ request, getClientAddress }));
			if (outcome === 'spent') return { ...forms.accepted, expired: true };
			if (outcome === 'signed_in') {
				home = people.homeOf(await people.whoami(locals.database));
				sessions.arrive(cookies);
			}
		} catch (cause) {
			if (cause instanceof Failure && cause.slug === 'suspended') await sessions.end(locals.database, cookies);
			const weak = cause instanceof Failure && passwords.fieldOf[cause.slug] === 'password';
			return forms.refusedBy(cause, fields, weak ? 'password' : undefined);
		}
		redirect(303, home);
	}
};
