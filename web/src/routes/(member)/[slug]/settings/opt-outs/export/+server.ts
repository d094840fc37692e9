import { error, redirect } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import { bodyOf } from '#lib/server/audit-export.ts';
import { dayAt } from '#core/days.ts';
import * as optOuts from '#lib/server/opt-outs.ts';
import type { RequestHandler } from './$types';

/** The list of those who may not be texted, as a CSV file. */
export const GET: RequestHandler = ({ locals, url, request }) => {
	const { organization, time_zone: zone } = locals.me;
	if (!organization.capabilities.includes('opt_outs:update')) error(403, failures.not_allowed.says);
	// another site's link would make somebody export without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site')
		redirect(303, url.pathname.slice(0, url.pathname.lastIndexOf('/')));
	return new Response(bodyOf(optOuts.exported(locals.database, organization.id)), {
		headers: {
			'content-type': 'text/csv; charset=utf-8; header=present',
			'content-disposition': `attachment; filename="opt-outs-${organization.slug}-${dayAt(Date.now(), zone)}.csv"`,
			'x-content-type-options': 'nosniff',
			'cache-control': 'private, no-store'
		}
	});
};
