import * as conversations from '#lib/server/conversations.ts';
import { isZone } from '#lib/conversations/moments.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url, cookies, depends }) => {
	depends('organization:people');
	const { id } = locals.me.organization;
	const renderedAt = Date.now();
	const zone = cookies.get('time_zone') ?? '';
	const [list, numbers, members] = await Promise.all([
		conversations.list(locals.database, id, url.searchParams.get('after')),
		conversations.numbers(locals.database, id),
		conversations.members(locals.database, id)
	]);
	return { ...list, numbers, members, renderedAt, zone: isZone(zone) ? zone : 'UTC' };
};
