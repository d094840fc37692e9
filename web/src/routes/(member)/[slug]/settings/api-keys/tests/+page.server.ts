import { error } from '@sveltejs/kit';
import * as z from 'zod';
import { failures } from '#core/failures.ts';
import * as apiTests from '#lib/server/api-tests.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('keys:manage')) error(403, failures.not_allowed.says);
	const before = z.uuid().safeParse(url.searchParams.get('before')).data ?? null;
	return { before, now: new Date().toISOString(), ...(await apiTests.list(locals.database, id, before)) };
};
