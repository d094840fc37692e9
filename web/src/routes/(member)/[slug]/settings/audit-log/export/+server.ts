import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { bodyOf, formats, written } from '#lib/server/audit-export.ts';
import * as auditLog from '#lib/server/audit-log.ts';
import { dayAt } from '#core/days.ts';
import type { RequestHandler } from './$types';

/** The log as a file, with the filters of the page. It leaves a line in the log. */
export const GET: RequestHandler = async ({ locals, url, params, request }) => {
	const { me, database } = locals;
	const page = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
	const query = new URLSearchParams(url.searchParams);
	const format = query.get('format') === 'json' ? 'json' : 'csv';
	query.delete('format');
	const back = query.size > 0 ? `${page}?${query}` : page;
	// another site's link would make somebody export without wanting to
	if (request.headers.get('sec-fetch-site') === 'cross-site') redirect(303, back);

	const { organization, time_zone: zone } = me;
	try {
		auditLog.requireReader(me);
		const batches = await auditLog.openExport(database, organization.id, auditLog.filtersOf(query), zone);
		const [people, numbers] = await Promise.all([
			auditLog.people(database, organization.id),
			auditLog.numbers(database, organization.id)
		]);
		const name = `audit-log-${organization.slug}-${dayAt(Date.now(), zone)}.${format}`;
		return new Response(bodyOf(written(batches, { people, numbers }, format)), {
			headers: {
				'content-type': formats[format],
				'content-disposition': `attachment; filename="${name}"`,
				'x-content-type-options': 'nosniff',
				'cache-control': 'private, no-store'
			}
		});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		if (cause.slug === 'fresh_session_required')
			redirect(303, `${resolve('/(member)/[slug]/settings/confirm', params)}?${new URLSearchParams({ next: back })}`);
		error(cause.status, cause.says, { slug: cause.slug });
	}
};
