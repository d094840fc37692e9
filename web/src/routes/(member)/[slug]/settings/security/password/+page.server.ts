import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as passwords from '#lib/server/passwords.ts';
import { visitorOf } from '#lib/server/sign-ins.ts';
import type { Actions } from './$types';

export const actions: Actions = {
	default: async ({ request, locals, getClientAddress }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(passwords.Change, fields);
		if (refused) return refused;
		try {
			await passwords.change(locals.database, locals.me, draft, visitorOf({ request, getClientAddress }));
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? passwords.fieldOf[cause.slug] : undefined);
		}
		return { ...forms.accepted, done: true };
	}
};
