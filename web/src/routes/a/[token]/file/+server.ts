import { redirect } from '@sveltejs/kit';
import * as attachments from '#lib/server/attachments.ts';
import type { RequestHandler } from './$types';

/** The file of a link, to be saved. */
export const GET: RequestHandler = async ({ params }) => {
	const file = await attachments.linked(params.token);
	if (!file) return new Response(null, { status: 404 });
	redirect(303, await attachments.linkedAddress(file), { external: true });
};
