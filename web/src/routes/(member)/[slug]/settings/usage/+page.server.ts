import { spentOf } from '#core/dashboard.ts';
import { dollars } from '#core/money.ts';
import { countOf, monthBy, monthName, reasonName } from '#core/statement.ts';
import * as forms from '#lib/server/forms.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as plans from '#lib/server/plans.ts';
import * as usage from '#lib/server/usage.ts';
import { callerRows, codeRows, monthRows, textRows } from '#lib/usage/rows.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, params }) => {
	const { me, database } = locals;
	const { id, capabilities } = me.organization;
	const time = usage.timeOf(url.searchParams, await organizations.timeZone(database, id), new Date());
	const mayChange = capabilities.includes('billing:write');
	const [figures, months, all, subscription] = await Promise.all([
		usage.read(database, id, time),
		usage.months(database, id),
		mayChange ? plans.list(database) : [],
		mayChange ? plans.subscription(database, id) : null
	]);
	const at = all.findIndex(({ code }) => code === figures.plan);
	const [plan, next] = [all[at], all[at + 1]];
	const { money, today, founded } = figures;
	const thisMonth = today.slice(0, 7);
	const titleOf = (month: string) => ({ month, name: monthName(month) });
	return {
		...{ limits: figures.limits, timeZone: figures.time_zone, stops: figures.stops_at_plan, mayChange },
		requestsPerMinute: figures.requests_per_minute.toLocaleString('en'),
		query: time.month ? `month=${time.month}` : `days=${time.days}`,
		title: time.month
			? `${monthName(time.month)}${time.month === thisMonth ? ', so far' : ''}`
			: time.days === 1
				? 'Today'
				: `The last ${time.days} days`,
		month: time.month,
		earlier: time.month && time.month > founded.slice(0, 7) ? titleOf(monthBy(time.month, -1)) : null,
		later: time.month && time.month < thisMonth ? titleOf(monthBy(time.month, 1)) : null,
		latest: time.month ? null : titleOf(thisMonth),
		// as they are shown: browsers need nothing to write figures with
		texts: textRows(figures.numbers, money !== null),
		codes: codeRows(figures.numbers),
		callers: callerRows(figures.callers, money !== null),
		months: monthRows(months, money !== null, `/${params.slug}/settings/usage`),
		requests: figures.callers.reduce((sum, { requests }) => sum + (requests ?? 0), 0).toLocaleString('en'),
		money: money && {
			lines: money.map((line) => ({
				name: reasonName(line.reason),
				count: countOf(line),
				amount: dollars(line.amount_micros)
			})),
			spent: dollars(spentOf(money))
		},
		/** The next larger plan, and what is paid now. */
		upgrade:
			plan && next
				? { plan, next, interval: subscription?.billing_interval ?? 'month', isPaid: subscription !== null }
				: null
	};
};

export const actions: Actions = {
	overage: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await usage.setOverage(locals.database, locals.me.organization.id, fields.overage === 'stop');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	}
};
