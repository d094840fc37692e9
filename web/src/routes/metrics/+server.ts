import { error, text } from '@sveltejs/kit';
import { METRICS_SECRET } from '$app/env/private';
import { failures } from '#core/failures.ts';
import * as health from '#lib/server/health.ts';
import { meter } from '#lib/server/metrics.ts';
import type { RequestHandler } from './$types';

/** For Prometheus, with the secret as bearer; without one in the environment there is nothing here. */
export const GET: RequestHandler = async ({ request }) => {
	if (!METRICS_SECRET) error(404, failures.not_found.says);
	if (!health.isSecret(request.headers.get('authorization'), METRICS_SECRET)) error(401, failures.unauthorized.says);
	// its own figures are worth most when the database has none
	const ofPlatform = await health.figures().catch(() => '');
	return text(`${await meter.text()}${ofPlatform}`, { headers: { 'content-type': 'text/plain; version=0.0.4' } });
};
