import { json } from '@sveltejs/kit';
import { toldAll } from '#lib/audit/told.ts';
import * as auditLog from '#lib/server/audit-log.ts';
import type { RequestHandler } from './$types';

/** The next page of the log, for whoever scrolls. */
export const GET: RequestHandler = async ({ locals, url }) => {
	const { me, database } = locals;
	auditLog.requireReader(me);
	const { searchParams: query } = url;
	const { lines, more, names } = await auditLog.read(
		database,
		me.organization.id,
		auditLog.filtersOf(query),
		auditLog.placeOf(query),
		me.time_zone
	);
	return json({ lines: toldAll(lines, names, me.time_zone), more });
};
