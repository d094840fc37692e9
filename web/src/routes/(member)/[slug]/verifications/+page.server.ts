import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { momentsOf, searchOf } from '#core/filtered-verifications.ts';
import { filterOf } from '#core/verification-filters.ts';
import { spanOf, spans } from '#lib/verifications/history-address.ts';
import * as conversations from '#lib/server/conversations.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import * as history from '#lib/server/verification-history.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	depends('organization:people');
	const { me, database } = locals;
	const { id } = me.organization;
	const renderedAt = Date.now();
	const filter = filterOf(url.searchParams);
	const span = spanOf(url.searchParams.get('over'));
	const place = history.placeOf(url.searchParams);
	const moments = momentsOf(filter, me.time_zone, renderedAt);
	const [list, counts, rates, views, services, numbers, people] = await Promise.all([
		history.list(database, id, filter, moments, place),
		history.counts(database, id, filter, moments),
		history.rates(database, id, spans[span]),
		history.views(database, id),
		history.services(database, id),
		conversations.numbers(database, id),
		conversations.members(database, id)
	]);
	return { ...list, filter, span, moments, counts, rates, views, names: { services, numbers, people }, renderedAt };
};

export const actions: Actions = {
	save_view: async ({ request, locals, params, url }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(history.Naming, fields);
		if (refused) return refused;
		try {
			await history.saveView(locals.database, locals.me.organization.id, draft.name, url.searchParams);
		} catch (cause) {
			return refusedBy(cause, fields, 'name');
		}
		redirect(303, here(params.slug, url));
	},
	delete_view: async ({ request, locals, params, url }) => {
		const fields = fieldsOf(await request.formData());
		try {
			await history.deleteView(locals.database, fields.id ?? '');
		} catch (cause) {
			return refusedBy(cause, fields);
		}
		redirect(303, here(params.slug, url));
	}
};

/** The page with the filter that it had. */
function here(slug: string, { searchParams }: URL): string {
	return resolve('/(member)/[slug]/verifications', { slug }) + searchOf(filterOf(searchParams));
}
