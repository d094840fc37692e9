import { Failure } from '#core/failures.ts';
import * as accounts from '#lib/server/accounts.ts';
import * as deletion from '#lib/server/account-deletion.ts';
import * as emailChanges from '#lib/server/email-changes.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { database } }) => {
	const [emailChange, obstacles] = await Promise.all([emailChanges.current(database), deletion.obstacles(database)]);
	return { emailChange, obstacles };
};

export const actions: Actions = {
	change: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(accounts.EmailAddress, fields);
		if (refused) return refused;
		if (draft.email === locals.me.email)
			return forms.refusedBy(new Failure('email_taken', 'This is your address already.'), fields, 'email');
		try {
			await emailChanges.begin(locals.database, draft.email);
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? emailChanges.fieldOf[cause.slug] : undefined);
		}
		return { ...forms.accepted, done: 'asked' as const };
	},

	cancel: async ({ locals }) => {
		try {
			await emailChanges.cancel(locals.database);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'cancelled' as const };
	},

	delete: async ({ locals }) => {
		try {
			await deletion.request(locals.database);
		} catch (cause) {
			return forms.refusedBy(
				cause,
				{},
				cause instanceof Failure && cause.slug === 'sole_owner' ? 'deletion' : undefined
			);
		}
		return { ...forms.accepted, done: 'deleting' as const };
	},

	keep: async ({ locals }) => {
		try {
			await deletion.cancel(locals.database);
		} catch (cause) {
			return forms.refusedBy(cause, {}, 'deletion');
		}
		return { ...forms.accepted, done: 'kept' as const };
	}
};
