import * as forms from '#lib/server/forms.ts';
import * as traffic from '#lib/server/operators/traffic.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ webhooks: await traffic.webhooks(locals.operator) });

export const actions: Actions = {
	tend: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(traffic.Tending, fields);
		if (refused) return refused;
		try {
			const many = await traffic.tend(locals.operator, draft);
			const again = `It is tried now, with ${many.toLocaleString('en')} ${many === 1 ? 'event' : 'events'} that did not wait their turn.`;
			return { ...forms.accepted, done: draft.deed === 'disable' ? 'Nobody is told there any more.' : again };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
