import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { isZone } from '#lib/conversations/moments.ts';
import * as search from '#lib/server/search.ts';
import type { RequestHandler } from './$types';

/** The next page of what a search found, for the browser's script. */
export const GET: RequestHandler = async ({ locals, url, cookies }) => {
	const zone = cookies.get('time_zone') ?? '';
	try {
		const found = await search.find(
			locals.database,
			locals.me.organization.id,
			url.searchParams,
			isZone(zone) ? zone : 'UTC'
		);
		return Response.json(
			{ hits: found?.hits ?? [], before: found?.before ?? null, contacts: found?.contacts ?? [] },
			{ headers: { 'cache-control': 'private, no-store' } }
		);
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};
