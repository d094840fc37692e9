import { slugPattern } from '#core/organizations.ts';
import { Failure } from '#core/failures.ts';
import * as organizations from '#lib/server/organizations.ts';
import type { RequestHandler } from './$types';

/** Whether an address is free, for forms while they are being filled in. The form's own answer is what counts. */
export const GET: RequestHandler = async ({ url, locals }) => {
	const slug = url.searchParams.get('slug') ?? '';
	try {
		const free = slugPattern.test(slug) && (await organizations.slugAvailable(locals.database, slug));
		return Response.json({ free });
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
};
