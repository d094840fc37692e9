import { error, redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as pieces from '#core/pieces.ts';
import * as statements from '#lib/server/statements.ts';
import { logFailure } from '#lib/server/requests.ts';
import type { RequestHandler } from './$types';

/** Every movement of a month as a file; its amounts sum to the statement's, to the micro. */
export const GET: RequestHandler = async ({ locals, url, request }) => {
	const { me, database } = locals;
	const page = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
	// another site's link would make somebody download without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site') redirect(303, page + url.search);

	const { organization } = me;
	try {
		statements.requireReader(me);
		const asked = statements.monthOf(url.searchParams);
		const month = asked ?? (await statements.read(database, organization.id, null)).month;
		const batches = await statements.openExport(database, organization.id, month);
		const body = pieces.bodyOf(statements.written(batches), (cause) => logFailure('export_broke', cause));
		return new Response(body, {
			headers: {
				'content-type': 'text/csv; charset=utf-8; header=present',
				'content-disposition': `attachment; filename="statement-${organization.slug}-${month}.csv"`,
				'x-content-type-options': 'nosniff',
				'cache-control': 'private, no-store'
			}
		});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		error(cause.status, cause.says, { slug: cause.slug });
	}
};
