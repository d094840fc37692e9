import { error, redirect } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import { dayAt } from '#core/days.ts';
import { exportName } from '#core/verification-export.ts';
import * as exports from '#lib/server/verification-exports.ts';
import type { RequestHandler } from './$types';

/** To a written file: the link is signed now, for whoever may see what is in it now, and works for a minute. */
export const GET: RequestHandler = async ({ locals, params }) => {
	const { organization, time_zone: zone } = locals.me;
	const part = /^[1-9]\d{0,6}$/.test(params.part) ? Number(params.part) : 0;
	const name = (format: Parameters<typeof exportName>[2]) =>
		exportName(organization.slug, dayAt(Date.now(), zone), format, part);
	const isId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(params.exportId);
	const address = isId ? await exports.addressOf(locals.database, params.exportId, part, name) : null;
	if (address === null) error(404, failures.not_found.says);
	redirect(303, address, { external: true });
};
