import * as statements from '#lib/server/statements.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { me, database } = locals;
	statements.requireReader(me);
	return { statement: await statements.read(database, me.organization.id, statements.monthOf(url.searchParams)) };
};
