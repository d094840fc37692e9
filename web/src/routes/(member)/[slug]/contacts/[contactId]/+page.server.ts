import { error, redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { resolve } from '$app/paths';
import * as contacts from '#lib/server/contacts.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	try {
		return await contacts.open(locals.database, locals.me.organization.id, params.contactId);
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};

/** Does something about a contact; a refusal stands above the form, or beside its field. */
async function attempt(
	{ params }: RequestEvent,
	fields: Record<string, string>,
	work: () => Promise<void>,
	field?: string
) {
	try {
		await work();
	} catch (cause) {
		return refusedBy(cause, fields, field);
	}
	redirect(303, resolve('/(member)/[slug]/contacts/[contactId]', params));
}

export const actions: Actions = {
	update: async (event) => {
		const fields = fieldsOf(await event.request.formData());
		const { draft, refused } = parse(contacts.Written, fields);
		if (refused) return refused;
		return attempt(event, fields, () => contacts.update(event.locals.database, event.params.contactId, draft));
	},
	merge: async (event) => {
		const fields = fieldsOf(await event.request.formData());
		const { database, me } = event.locals;
		const { contactId } = event.params;
		return attempt(
			event,
			fields,
			() => contacts.merge(database, me.organization.id, contactId, fields.number ?? ''),
			'number'
		);
	},
	split: (event) => attempt(event, {}, () => contacts.split(event.locals.database, event.params.contactId)),
	block: (event) => attempt(event, {}, () => contacts.setBlocked(event.locals.database, event.params.contactId, true)),
	unblock: (event) =>
		attempt(event, {}, () => contacts.setBlocked(event.locals.database, event.params.contactId, false))
};
