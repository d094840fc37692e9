import * as forms from '#lib/server/forms.ts';
import * as traffic from '#lib/server/operators/traffic.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const filter = traffic.filterOf(url.searchParams);
	const found = await traffic.events(locals.operator, filter);
	const [first] = found;
	return {
		filter,
		query: traffic.queryOf(filter),
		events: found,
		event: filter.key && first ? await traffic.event(locals.operator, first) : null,
		refused: filter.key ? [] : await traffic.refused(locals.operator)
	};
};

export const actions: Actions = {
	replay: async ({ request, locals, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(traffic.Replay, fields);
		if (refused) return refused;
		try {
			const many = await traffic.replay(locals.operator, traffic.filterOf(url.searchParams), draft);
			const done = `${many.toLocaleString('en')} ${many === 1 ? 'event is' : 'events are'} looked at again.`;
			return { ...forms.accepted, done };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
