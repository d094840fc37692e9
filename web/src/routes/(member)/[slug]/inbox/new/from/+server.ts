import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as newTexts from '#lib/server/new-texts.ts';
import type { RequestHandler } from './$types';

/** From which number somebody would be texted, for the browser's script. */
export const GET: RequestHandler = async ({ locals, url }) => {
	try {
		const to = (url.searchParams.get('to') ?? '').slice(0, 100);
		const best = await newTexts.bestFor(locals.database, locals.me.organization.id, to);
		return Response.json({ best }, { headers: { 'cache-control': 'private, no-store' } });
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};
