import { redirect } from '@sveltejs/kit';
import { spanOf, total } from '#core/dashboard.ts';
import { toldAll } from '#lib/audit/told.ts';
import { chartOf, figuresOf } from '#lib/dashboard/figures.ts';
import { happenedOf } from '#lib/dashboard/happened.ts';
import { needsOf } from '#lib/dashboard/needs.ts';
import { statesOf } from '#lib/dashboard/states.ts';
import { walletOf } from '#lib/dashboard/wallet.ts';
import * as auditLog from '#lib/server/audit-log.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as dashboard from '#lib/server/dashboard.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad } from './$types';

/** What happened lately, in lines. */
const linesShown = 8;

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	depends('dashboard');
	const { me, database } = locals;
	const { id, slug, capabilities } = me.organization;
	const home = `/${slug}`;
	const now = Date.now();
	const span = spanOf(url.searchParams);
	const noFilters = { actor: null, verb: null, since: null, until: null };
	const [told, texts, people, log] = await Promise.all([
		dashboard.read(database, id, span),
		dashboard.latest(database, id, linesShown),
		conversations.members(database, id),
		capabilities.includes('audit:read') ? auditLog.read(database, id, noFilters, null, me.time_zone, linesShown) : null
	]);
	const deeds = log ? toldAll(log.lines, log.names, me.time_zone) : [];
	const failed = total(told.texts, (day) => (day.day === told.today ? day.failed : 0));
	return {
		span,
		figures: figuresOf(told, span, home, now),
		chart: chartOf(told, span),
		needs: needsOf({ ...told, failed }, home, now),
		wallet: told.money && walletOf(told.money, told.numbers, told.time_zone, now),
		states: statesOf(told, capabilities, home),
		limits: told.limits,
		steps: told.first_steps,
		happened: happenedOf(texts, deeds, people, { id: me.user_id, home, timeZone: me.time_zone, now }, linesShown),
		numberIds: told.number_ids,
		renderedAt: now
	};
};

export const actions: Actions = {
	dismiss: async ({ locals, params }) => {
		try {
			await dashboard.dismissSteps(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		redirect(303, `/${params.slug}/dashboard`);
	}
};
