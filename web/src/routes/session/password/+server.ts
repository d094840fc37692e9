import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as people from '#lib/server/people.ts';
import type { Person } from '#lib/server/people.ts';
import * as sessions from '#lib/server/sessions.ts';
import * as signIns from '#lib/server/sign-ins.ts';
import type { RequestHandler } from './$types';

/**
 * The password of the person whose page is open, asked for over that page: because something needs it anew, or because
 * their session has expired. `user_id` and `email` say who that is; nobody else is signed in here.
 */
export const POST: RequestHandler = async ({ request, locals, cookies, getClientAddress }) => {
	const { user_id = '', email = '', password = '' } = forms.fieldsOf(await request.formData());
	const visitor = signIns.visitorOf({ request, getClientAddress });
	try {
		const person = await signedIn(locals.database);
		if (person && person.user_id !== user_id) throw new Failure('session_ended', 'Somebody else is signed in by now.');
		if (person) {
			await signIns.confirm(person, password, visitor);
		} else {
			const begun = await sessions.begin(locals.database, { email, password }, visitor);
			if (begun.user_id !== user_id) {
				await sessions.end(locals.database, cookies);
				throw new Failure('session_ended', 'This address is another account’s by now.');
			}
			sessions.arrive(cookies);
		}
		return Response.json({});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		const { slug, says, status } = cause;
		const seconds = cause instanceof signIns.Delayed ? cause.seconds : undefined;
		return Response.json({ slug, says, seconds }, { status });
	}
};

/** Who is signed in, or null once their session is over. */
async function signedIn(database: App.Locals['database']): Promise<Person | null> {
	try {
		return await people.whoami(database);
	} catch (cause) {
		if (cause instanceof Failure && cause.slug === 'session_ended') return null;
		throw cause;
	}
}
