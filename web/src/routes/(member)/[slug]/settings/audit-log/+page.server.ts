import { redirect } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { queryOf } from '#lib/audit/addresses.ts';
import { choicesOf } from '#lib/audit/choices.ts';
import { toldAll } from '#lib/audit/told.ts';
import * as auditLog from '#lib/server/audit-log.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { me, database } = locals;
	auditLog.requireReader(me);
	const { id } = me.organization;
	const filters = auditLog.filtersOf(url.searchParams);
	const before = auditLog.placeOf(url.searchParams);
	const { lines, more, names } = await auditLog.read(database, id, filters, before, me.time_zone);
	return {
		filters,
		before,
		lines: toldAll(lines, names, me.time_zone),
		more,
		choices: choicesOf(filters, names),
		// where an export is asked for again, once the password was given
		confirm: `/${me.organization.slug}/settings/confirm?${new URLSearchParams({ next: url.pathname + queryOf(filters) })}`
	};
};

/** A download cannot ask for a password: this asks first, and then leads to it. The database decides again there. */
export const actions: Actions = {
	export: async ({ request, locals, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { fresh_until: until } = locals.me.session;
		try {
			auditLog.requireReader(locals.me);
			if (!until || Date.parse(until) <= Date.now()) throw new Failure('fresh_session_required');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		const query = new URLSearchParams({ format: fields.format === 'json' ? 'json' : 'csv' });
		for (const [name, value] of Object.entries(auditLog.filtersOf(url.searchParams))) if (value) query.set(name, value);
		redirect(303, `${url.pathname}/export?${query}`);
	}
};
