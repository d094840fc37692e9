import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import * as contacts from '#lib/server/contacts.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import { Failure } from '#core/failures.ts';
import * as search from '#lib/server/search.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { id } = locals.me.organization;
	const q = url.searchParams.get('q')?.trim() ?? '';
	if (q) {
		const found = await search.people(locals.database, id, q);
		return {
			q,
			contacts: found.map(({ id, name, phone_number, blocked }) => ({ id, name, phone_number, blocked })),
			next: null
		};
	}
	const page = await contacts.list(locals.database, id, url.searchParams.get('after'));
	return {
		q,
		contacts: page.contacts.map(({ id, name, phone_number, blocked_at }) => ({
			id,
			name,
			phone_number,
			blocked: blocked_at !== null
		})),
		next: page.next
	};
};

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(contacts.Added, fields);
		if (refused) return refused;
		let contactId: string;
		try {
			contactId = await contacts.add(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			const about = cause instanceof Failure && ['phone_number_invalid', 'contact_exists'].includes(cause.slug);
			return refusedBy(cause, fields, about ? 'phone_number' : undefined);
		}
		redirect(303, resolve('/(member)/[slug]/contacts/[contactId]', { slug: params.slug, contactId }));
	}
};
