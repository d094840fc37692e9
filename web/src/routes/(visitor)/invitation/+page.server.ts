import { redirect } from '@sveltejs/kit';
import type { Cookies } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from '#lib/server/database.ts';
import * as forms from '#lib/server/forms.ts';
import * as invitations from '#lib/server/invitations.ts';
import * as people from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

/**
 * Opening a letter's link uses nothing up: the token moves from the address into a cookie, so that neither history nor a
 * Referer keeps it, and the page says what it is about.
 */
export const load: PageServerLoad = async ({ url, cookies, locals, setHeaders }) => {
	const token = url.searchParams.get('token');
	if (token !== null) {
		setHeaders({ 'referrer-policy': 'no-referrer' });
		if (!invitations.carry(cookies, token, url.protocol === 'https:')) invitations.drop(cookies);
		redirect(303, '/invitation');
	}
	const carried = invitations.carried(cookies);
	const [invitation, person] = await Promise.all([
		invitations.preview(locals.database, carried),
		whoIsHere(locals.database, cookies)
	]);
	// who made their account on another device brings no link here
	return { invitation: person && !carried ? await invitations.kept(locals.database) : invitation, person };
};

export const actions: Actions = {
	accept: async ({ cookies, locals }) => {
		let slug: string;
		try {
			slug = await invitations.accept(locals.database, invitations.carried(cookies));
		} catch (cause) {
			if (cause instanceof Failure && cause.slug === 'session_ended') redirect(303, '/sign-in?next=/invitation');
			return forms.refusedBy(cause, {});
		}
		invitations.drop(cookies);
		redirect(303, `/${slug}/inbox`);
	},

	/** Signs out here, and back in as somebody else. */
	change: async ({ cookies, locals }) => {
		await sessions.end(locals.database, cookies);
		redirect(303, '/sign-in?next=/invitation');
	}
};

/** Whose account this browser is signed in with; nothing where it is not (any more). */
async function whoIsHere(database: AppDatabase, cookies: Cookies): Promise<{ email: string } | undefined> {
	if (!sessions.isBrought(cookies)) return undefined;
	try {
		const { email } = await people.whoami(database);
		return { email };
	} catch (cause) {
		if (!(cause instanceof Failure) || cause.slug !== 'session_ended') throw cause;
		// else the sign-in page would send them back here
		sessions.forget(cookies);
		return undefined;
	}
}
