import * as forms from '#lib/server/forms.ts';
import * as deeds from '#lib/server/operators/deeds.ts';
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
	replay: async (event) => {
		const { request, locals, url } = event;
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(traffic.Replay, fields);
		if (refused) return refused;
		const { came: many, refused: unwilling } = await deeds.act(event, fields, () =>
			traffic.replay(locals.operator, traffic.filterOf(url.searchParams), draft)
		);
		if (unwilling) return unwilling;
		const done = `${many.toLocaleString('en')} ${many === 1 ? 'event is' : 'events are'} looked at again.`;
		return { ...forms.accepted, done };
	}
};
