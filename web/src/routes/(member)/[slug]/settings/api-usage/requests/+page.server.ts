import { unitPrice } from '#core/money.ts';
import * as requestLog from '#lib/server/request-log.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { me, database } = locals;
	requestLog.requireReader(me);
	const filters = requestLog.filtersOf(url.searchParams);
	const before = requestLog.placeOf(url.searchParams);
	const [{ rows, more }, { callers, endpoints, log_days }] = await Promise.all([
		requestLog.list(database, me.organization.id, filters, before),
		requestLog.read(database, me.organization.id, { period: 'month', month: null })
	]);
	const shown = rows.map(({ cost_micros, ...row }) => ({ ...row, cost: cost_micros ? unitPrice(cost_micros) : null }));
	return { filters, before, rows: shown, more, callers, endpoints, log_days };
};
