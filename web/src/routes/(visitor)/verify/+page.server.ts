import { redirect } from '@sveltejs/kit';
import type { Cookies } from '@sveltejs/kit';
import * as accounts from '#lib/server/accounts.ts';
import type { AppDatabase } from '#lib/server/database.ts';
import * as emailChanges from '#lib/server/email-changes.ts';
import * as forms from '#lib/server/forms.ts';
import * as invitations from '#lib/server/invitations.ts';
import * as people from '#lib/server/people.ts';
import { visitorOf } from '#lib/server/sign-ins.ts';
import type { Actions, PageServerLoad } from './$types';

const isSignIn = (type: string): type is accounts.SignInLink => accounts.signInLinks.some((one) => one === type);

/** Only shows a button: mail scanners open links, they do not press buttons. */
export const load: PageServerLoad = async ({ url, cookies, locals }) => {
	const type = url.searchParams.get('type') ?? '';
	const token = url.searchParams.get('token_hash') ?? '';
	if (type === 'recovery') redirect(303, `/reset-password?${new URLSearchParams({ token_hash: token })}`);
	return {
		type,
		token: isSignIn(type) || type === 'email_change' ? token : '',
		/** What the same click joins, for somebody who came by an invitation. */
		joins: (await invitations.waiting(locals.database, cookies))?.organization_name
	};
};

export const actions: Actions = {
	confirm: async ({ request, locals, cookies, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const type = url.searchParams.get('type') ?? '';
		let home: string;
		try {
			const link = isSignIn(type) ? type : 'signup';
			if (!(await accounts.confirm(locals.database, fields.token ?? '', link)))
				return { ...forms.accepted, expired: true };
			if (fields.join) home = await invitations.join(locals.database, cookies);
			else if (await signedUpByInvitation(locals.database, cookies)) home = '/invitation';
			else home = people.homeOf(await people.whoami(locals.database));
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		accounts.forgetAddress(cookies);
		redirect(303, home);
	},

	change: async ({ request, getClientAddress }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			const changed = await emailChanges.confirm(fields.token ?? '', visitorOf({ request, getClientAddress }));
			return { ...forms.accepted, ...(changed ? { changed } : { expired: true }) };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
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

/** Whether this account was made by an invitation on another device. Here, the person says no by not joining. */
async function signedUpByInvitation(database: AppDatabase, cookies: Cookies): Promise<boolean> {
	return !invitations.carried(cookies) && (await invitations.kept(database))?.state === 'open';
}
