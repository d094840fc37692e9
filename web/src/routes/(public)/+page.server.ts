import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import * as people from '#lib/server/people.ts';
import * as plans from '#lib/server/plans.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { PageServerLoad } from './$types';

/** Whoever is signed in is led home; everybody else reads what this is. */
export const load: PageServerLoad = async ({ locals, cookies }) => {
	if (!sessions.isBrought(cookies)) return { plans: await plans.list(locals.database) };
	let home: string;
	try {
		home = people.homeOf(await people.whoami(locals.database));
	} catch (cause) {
		if (!(cause instanceof Failure) || (cause.slug !== 'session_ended' && cause.slug !== 'suspended')) throw cause;
		if (cause.slug === 'session_ended') sessions.forget(cookies);
		home = cause.slug === 'suspended' ? resolve('/suspended') : resolve('/(visitor)/sign-in');
	}
	redirect(303, home);
};
