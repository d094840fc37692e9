import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import * as conversations from '#lib/server/conversations.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import { Failure } from '#core/failures.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ key: crypto.randomUUID() });

/** Which field a refusal speaks of; the others speak of the whole form. */
const fieldOf: Readonly<Record<string, string>> = {
	recipient_invalid: 'recipient',
	opted_out: 'recipient',
	message_empty: 'body',
	message_too_long: 'body'
};

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(conversations.Start, fields);
		if (refused) return refused;
		let conversationId: string;
		try {
			({ conversation_id: conversationId } = await conversations.start(locals.database, draft));
		} catch (cause) {
			return refusedBy(cause, fields, cause instanceof Failure ? fieldOf[cause.slug] : undefined);
		}
		redirect(303, resolve('/(member)/[slug]/inbox/[conversationId]', { slug: params.slug, conversationId }));
	}
};
