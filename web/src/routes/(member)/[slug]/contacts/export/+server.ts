import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import * as contacts from '#lib/server/contacts.ts';
import type { RequestHandler } from './$types';

/** All contacts as a file. */
export const GET: RequestHandler = ({ locals, params, request }) => {
	// another site's link would make somebody download without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site')
		redirect(303, resolve('/(member)/[slug]/contacts', params));
	const { id, slug } = locals.me.organization;
	return new Response(contacts.exported(locals.database, id), {
		headers: {
			'content-type': 'text/csv; charset=utf-8; header=present',
			'content-disposition': `attachment; filename="contacts-${slug}.csv"`,
			'x-content-type-options': 'nosniff',
			'cache-control': 'private, no-store'
		}
	});
};
