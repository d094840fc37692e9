import { redirect } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import * as realm from './realm.ts';

/** Whether an address is the console's. */
export function isConsole(pathname: string): boolean {
	return pathname === '/admin' || pathname.startsWith('/admin/');
}

/**
 * The one guard of the console: nothing of it answers to anybody but an operator who has signed in with password and code.
 * No tenant's cookie is looked at here, and there is no `locals.database`.
 */
export const guard: Handle = async ({ event, resolve }) => {
	const who = await realm.whoever(event);
	if (event.route.id === '/admin/sign-in') {
		if (who) event.locals.entering = who;
		return resolve(event);
	}
	if (who?.stage !== 'full') redirect(303, '/admin/sign-in');
	event.locals.operator = who;
	return resolve(event);
};
