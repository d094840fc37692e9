import { createHash } from 'node:crypto';
import { Failure } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as members from '#lib/server/members.ts';
import { whoami } from '#lib/server/people.ts';
import type { RequestHandler } from './$types';

/**
 * Where the person stands now, for a page that is open: their organizations, and in this one the numbers they may use and
 * a word for who else belongs to it, which is another one whenever that has changed.
 */
export const GET: RequestHandler = async ({ locals, url, setHeaders }) => {
	setHeaders({ 'cache-control': 'no-store' });
	try {
		const { organizations } = await whoami(locals.database);
		const here = organizations.find(({ id }) => id === url.searchParams.get('organization'));
		if (!here) return Response.json({ organizations, numbers: [], people: '' });
		const [numbers, everybody, offer] = await Promise.all([
			conversations.numbers(locals.database, here.id),
			members.list(locals.database, here.id),
			members.offer(locals.database, here.id)
		]);
		const seen = JSON.stringify([everybody.map(({ user_id, role }) => [user_id, role]), offer]);
		const people = createHash('sha256').update(seen).digest('base64url');
		return Response.json({ organizations, numbers: numbers.map(({ id }) => id).sort(), people });
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
};
