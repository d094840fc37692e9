import * as z from 'zod';
import { refusedBy } from '#lib/server/forms.ts';
import * as notifications from '#lib/server/notifications.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url, depends }) => {
	depends('inbox:notifications');
	return notifications.list(locals.database, locals.me.organization.id, url.searchParams.get('before'));
};

export const actions: Actions = {
	/** Everything, or the notifications whose ids the form names. */
	read: async ({ request, locals }) => {
		const named = z.array(z.uuid()).safeParse((await request.formData()).getAll('id')).data ?? [];
		try {
			await notifications.markRead(locals.database, locals.me.organization.id, named.length > 0 ? named : null);
		} catch (cause) {
			return refusedBy(cause, {});
		}
		return { read: true };
	}
};
