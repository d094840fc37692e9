import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as members from '#lib/server/members.ts';
import * as numberAccess from '#lib/server/number-access.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	depends('organization:people');
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('numbers:assign')) error(403, failures.not_allowed.says);
	const [numbers, people] = await Promise.all([
		numberAccess.list(locals.database, id),
		members.list(locals.database, id)
	]);
	return { numbers, people };
};
