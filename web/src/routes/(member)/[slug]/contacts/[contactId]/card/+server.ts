import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as contacts from '#lib/server/contacts.ts';
import type { RequestHandler } from './$types';

/** A contact, for the details beside a conversation. */
export const GET: RequestHandler = async ({ locals, params }) => {
	try {
		const { contact, people } = await contacts.open(locals.database, locals.me.organization.id, params.contactId);
		return Response.json(
			{ contact, numbers: people.map(({ phone_number }) => phone_number) },
			{ headers: { 'cache-control': 'private, no-store' } }
		);
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};
