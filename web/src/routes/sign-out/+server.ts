import { redirect } from '@sveltejs/kit';
import * as forms from '#lib/server/forms.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { RequestHandler } from './$types';

/** Signs out here, or with `scope=all` everywhere. */
export const POST: RequestHandler = async ({ request, locals, cookies }) => {
	const { scope } = forms.fieldsOf(await request.formData());
	await sessions.end(locals.database, cookies, scope === 'all' ? 'global' : 'local');
	redirect(303, '/sign-in');
};
