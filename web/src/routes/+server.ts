import { redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals, cookies }) => {
	if (!sessions.isBrought(cookies)) redirect(303, '/sign-in');
	let home: string;
	try {
		home = people.homeOf(await people.whoami(locals.database));
	} catch (cause) {
		if (!(cause instanceof Failure) || (cause.slug !== 'session_ended' && cause.slug !== 'suspended')) throw cause;
		if (cause.slug === 'session_ended') sessions.forget(cookies);
		home = cause.slug === 'suspended' ? '/suspended' : '/sign-in';
	}
	redirect(303, home);
};
