import { error, redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as people from '#lib/server/people.ts';
import type { PageServerLoad } from './$types';

/** Where a suspended person arrives who asked for no page in particular: the refusal itself. Everybody else is led on. */
export const load: PageServerLoad = async ({ locals }) => {
	try {
		await people.whoami(locals.database);
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug !== 'session_ended') error(cause.status, cause.says, { slug: cause.slug });
	}
	redirect(303, '/');
};
