import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { tracedFetch } from '#lib/server/requests.ts';
import type { RequestHandler } from './$types';

/** In ms; the function that makes it may have to start first. */
const patience = 10_000;

/** The API's own document, from here: the page may read nothing of other origins, and functions allow none. */
export const GET: RequestHandler = async () => {
	const answer = await tracedFetch(`${PUBLIC_SUPABASE_URL}/functions/v1/api/v1/openapi.json`, {
		signal: AbortSignal.timeout(patience)
	}).catch(() => null);
	// away for now, as far as anybody here can tell
	if (!answer?.ok) return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
	return new Response(await answer.text(), {
		headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=300' }
	});
};
