import { text } from '@sveltejs/kit';
import * as health from '#lib/server/health.ts';
import type { RequestHandler } from './$types';

/** For whoever keeps this process running: whether it answers, and its database does. Nothing else is said. */
export const GET: RequestHandler = async () => {
	const well = await health.isAlive();
	return text(well ? 'ok' : 'not ok', { status: well ? 200 : 503, headers: { 'cache-control': 'no-store' } });
};
