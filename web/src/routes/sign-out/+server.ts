import { redirect } from '@sveltejs/kit';
import * as sessions from '#lib/server/sessions.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ locals, cookies }) => {
	await sessions.end(locals.database, cookies);
	redirect(303, '/sign-in');
};
