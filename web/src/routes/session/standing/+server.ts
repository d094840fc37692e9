import { Failure } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as people from '#lib/server/people.ts';
import type { RequestHandler } from './$types';

/** Where the person stands now, for a page that is open: their organizations, and the numbers they may use in this one. */
export const GET: RequestHandler = async ({ locals, url, setHeaders }) => {
	setHeaders({ 'cache-control': 'no-store' });
	try {
		const { organizations } = await people.whoami(locals.database);
		const here = organizations.find(({ id }) => id === url.searchParams.get('organization'));
		const numbers = here ? await conversations.numbers(locals.database, here.id) : [];
		return Response.json({ organizations, numbers: numbers.map(({ id }) => id).sort() });
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
};
