import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { searchOf } from '#core/filtered-verifications.ts';
import { filterOf } from '#core/verification-filters.ts';
import * as exports from '#lib/server/verification-exports.ts';
import type { RequestHandler } from './$types';

/** What fits the filter as a file, passed on piece by piece as the developer API makes it. */
export const GET: RequestHandler = async ({ locals, params, url, request }) => {
	const filter = filterOf(url.searchParams);
	const page = resolve('/(member)/[slug]/verifications/export', params) + searchOf(filter);
	const wanted = exports.Wanted.safeParse(Object.fromEntries(url.searchParams));
	// another site's link would make somebody download without wanting to
	if (!wanted.success || request.headers.get('sec-fetch-site') === 'cross-site') redirect(303, page);
	try {
		const { database, me } = locals;
		const { format } = wanted.data;
		const { body, headers } = await exports.stream(database, me.organization.id, format, filter, request.signal);
		const kept = ['content-type', 'content-disposition', 'cache-control', 'x-content-type-options'];
		return new Response(body, { headers: kept.map((name) => [name, headers.get(name) ?? '']) });
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		// meanwhile there are more than one download holds: the page says what can be done
		if (cause.slug === 'export_too_large') redirect(303, page);
		error(cause.status, { message: cause.says, slug: cause.slug });
	}
};
