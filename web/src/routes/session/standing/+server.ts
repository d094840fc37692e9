import { createHash } from 'node:crypto';
import { Failure } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as members from '#lib/server/members.ts';
import * as notifications from '#lib/server/notifications.ts';
import { whoami } from '#lib/server/people.ts';
import type { RequestHandler } from './$types';

/**
 * Where the person stands now, for a page that is open: their organizations, and in this one a word for the numbers they
 * may use and one for who else belongs to it, each another one whenever that has changed.
 */
export const GET: RequestHandler = async ({ locals, url, setHeaders }) => {
	setHeaders({ 'cache-control': 'no-store' });
	try {
		const before = await whoami(locals.database);
		const here = before.organizations.find(({ id }) => id === url.searchParams.get('organization'));
		if (!here) return Response.json({ organizations: before.organizations, numbers: '', people: '', notified: 0 });
		const [numbers, everybody, offer, notified] = await Promise.all([
			conversations.numbersRevision(locals.database, here.id),
			members.list(locals.database, here.id),
			members.offer(locals.database, here.id),
			notifications.unreadCount(locals.database, here.id)
		]);
		const seen = JSON.stringify([everybody.map(({ user_id, role }) => [user_id, role]), offer]);
		const people = createHash('sha256').update(seen).digest('base64url');
		// who was removed between these reads has no numbers, and has to be told the reason, not that
		const { organizations } = await whoami(locals.database);
		return Response.json({ organizations, numbers, people, notified });
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
};
