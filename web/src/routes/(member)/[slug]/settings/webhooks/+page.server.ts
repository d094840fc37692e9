import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as forms from '#lib/server/forms.ts';
import * as webhooks from '#lib/server/webhooks.ts';
import { offered } from '#lib/webhooks/offered.ts';
import { stateOf } from '#lib/webhooks/standing.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { organization } = locals.me;
	if (!organization.capabilities.includes('webhooks:write')) error(403, failures.not_allowed.says);
	const [endpoints, troubles, numbers] = await Promise.all([
		webhooks.list(locals.database, organization.id),
		webhooks.troubles(locals.database, organization.id),
		conversations.numbers(locals.database, organization.id)
	]);
	return {
		endpoints: endpoints.map((endpoint) => ({ ...endpoint, state: stateOf(endpoint) })),
		troubles,
		numbers,
		offered: offered()
	};
};

export const actions: Actions = {
	add: async ({ request, locals }) => {
		const fields = webhooks.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(webhooks.Draft, fields);
		if (refused) return refused;
		try {
			return { ...forms.accepted, made: await webhooks.create(locals.database, locals.me.organization.id, draft) };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
