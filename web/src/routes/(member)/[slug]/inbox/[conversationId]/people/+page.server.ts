import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import { fieldsOf, refusedBy } from '#lib/server/forms.ts';
import * as teams from '#lib/server/team-conversations.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	try {
		const { id } = locals.me.organization;
		const { conversation } = await conversations.open(locals.database, id, params.conversationId, null);
		if (conversation.phone_number_id !== null) throw new Failure('not_found');
		return { conversation };
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};

async function attempt(event: RequestEvent, work: (fields: Record<string, string>) => Promise<void>, field: string) {
	const fields = fieldsOf(await event.request.formData());
	try {
		await work(fields);
	} catch (cause) {
		return refusedBy(cause, fields, field);
	}
	const { user_id: who } = fields;
	if (who === event.locals.me.user_id) redirect(303, resolve('/(member)/[slug]/inbox', event.params));
	redirect(303, resolve('/(member)/[slug]/inbox/[conversationId]/people', event.params));
}

export const actions: Actions = {
	rename: (event) =>
		attempt(
			event,
			(fields) => teams.rename(event.locals.database, event.params.conversationId, fields.title ?? ''),
			'title'
		),
	add: (event) =>
		attempt(
			event,
			(fields) => teams.add(event.locals.database, event.params.conversationId, [fields.add ?? '']),
			'add'
		),
	remove: (event) =>
		attempt(
			event,
			(fields) => teams.remove(event.locals.database, event.params.conversationId, fields.user_id ?? ''),
			'user_id'
		)
};
