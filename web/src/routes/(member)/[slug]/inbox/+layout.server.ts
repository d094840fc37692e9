import { filterOf } from '#core/inbox-filters.ts';
import { isZone } from '#lib/conversations/moments.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as search from '#lib/server/search.ts';
import * as state from '#lib/server/conversation-state.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url, cookies, depends }) => {
	depends('organization:people');
	const { user_id: me } = locals.me;
	const { id } = locals.me.organization;
	const renderedAt = Date.now();
	const zone = cookies.get('time_zone') ?? '';
	const known = isZone(zone) ? zone : 'UTC';
	const filter = filterOf(url.searchParams);
	const [list, counts, labels, numbers, members, found] = await Promise.all([
		conversations.list(locals.database, id, { me, filter, after: url.searchParams.get('after') }),
		state.counts(locals.database, id),
		state.labels(locals.database, id),
		conversations.numbers(locals.database, id),
		conversations.members(locals.database, id),
		search.find(locals.database, id, url.searchParams, known)
	]);
	return { ...list, filter, counts, labels, numbers, members, found, renderedAt, zone: known };
};
