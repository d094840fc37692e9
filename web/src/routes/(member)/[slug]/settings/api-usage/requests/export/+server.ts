import { error, redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as pieces from '#core/pieces.ts';
import * as requestLog from '#lib/server/request-log.ts';
import { logFailure } from '#lib/server/requests.ts';
import type { RequestHandler } from './$types';

/** The request log as a file, with the filters of the page. */
export const GET: RequestHandler = async ({ locals, url, request }) => {
	const { me, database } = locals;
	const page = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
	// another site's link would make somebody download without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site') redirect(303, page + url.search);
	try {
		requestLog.requireReader(me);
		const filters = requestLog.filtersOf(url.searchParams);
		const batches = await requestLog.openExport(database, me.organization.id, filters);
		const body = pieces.bodyOf(requestLog.written(batches), (cause) => logFailure('export_broke', cause));
		return new Response(body, {
			headers: {
				'content-type': 'text/csv; charset=utf-8; header=present',
				'content-disposition': `attachment; filename="api-requests-${me.organization.slug}.csv"`,
				'x-content-type-options': 'nosniff',
				'cache-control': 'private, no-store'
			}
		});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		error(cause.status, cause.says, { slug: cause.slug });
	}
};
