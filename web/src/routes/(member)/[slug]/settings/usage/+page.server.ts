import * as forms from '#lib/server/forms.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as plans from '#lib/server/plans.ts';
import * as usage from '#lib/server/usage.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
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
	return {
		...{ time, figures, months, mayChange },
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
