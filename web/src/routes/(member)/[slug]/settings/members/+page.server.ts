import * as members from '#lib/server/members.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('organization:people');
	return { members: await members.list(locals.database, locals.me.organization.id) };
};
