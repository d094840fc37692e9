import { spentOf } from '#core/dashboard.ts';
import { dollars } from '#core/money.ts';
import { countOf, monthBy, monthName, reasonName } from '#core/statement.ts';
import { capRows, capsTyped, capWrong } from '#lib/billing/caps.ts';
import { limitLines, upgradeWords } from '#lib/billing/limit-lines.ts';
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
		timeZone: figures.time_zone,
		limits: limitLines(figures.limits, figures.caps, figures.time_zone),
		/** What may be allowed of each; null: not by this person. */
		caps: mayChange ? capRows(figures.limits, figures.caps) : null,
		hasCaps: figures.caps.length > 0,
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
		/** The next larger plan. */
		upgrade:
			plan && next ? upgradeWords(plan, next, subscription?.billing_interval ?? 'month', subscription !== null) : null
	};
};

export const actions: Actions = {
	caps: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const typed = capsTyped(fields);
		if ('wrong' in typed) return forms.invalid(fields, typed.wrong, capWrong(typed.wrong));
		try {
			await usage.setCaps(locals.database, locals.me.organization.id, typed.caps);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	}
};
