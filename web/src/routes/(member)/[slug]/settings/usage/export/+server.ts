import { error, redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as usage from '#lib/server/usage.ts';
import type { RequestHandler } from './$types';

/** A time's usage as a file: the figures of the page. */
export const GET: RequestHandler = async ({ locals, url, request }) => {
	const { me, database } = locals;
	const page = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
	// another site's link would make somebody download without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site') redirect(303, page + url.search);

	const { id, slug } = me.organization;
	try {
		const time = usage.timeOf(url.searchParams, await organizations.timeZone(database, id), new Date());
		const [figures, months] = await Promise.all([usage.read(database, id, time), usage.months(database, id)]);
		return new Response(usage.fileOf(figures, months), {
			headers: {
				'content-type': 'text/csv; charset=utf-8; header=present',
				'content-disposition': `attachment; filename="usage-${slug}-${time.since}-${time.until}.csv"`,
				'x-content-type-options': 'nosniff',
				'cache-control': 'private, no-store'
			}
		});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		error(cause.status, cause.says, { slug: cause.slug });
	}
};
