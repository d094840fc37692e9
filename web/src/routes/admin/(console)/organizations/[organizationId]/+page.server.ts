import { error, redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import type * as z from 'zod';
import * as forms from '#lib/server/forms.ts';
import * as abuse from '#lib/server/operators/abuse.ts';
import * as deeds from '#lib/server/operators/deeds.ts';
import * as tenants from '#lib/server/operators/tenants.ts';
import type { Operator } from '#lib/server/operators/realm.ts';
import { failures } from '#core/failures.ts';
import type { Actions, PageServerLoad } from './$types';

const isId = (value: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

export const load: PageServerLoad = async ({ locals, params }) => {
	if (!isId(params.organizationId)) error(404, failures.not_found.says);
	return {
		...(await tenants.look(locals.operator, params.organizationId)),
		// what is sent twice is booked once
		key: crypto.randomUUID()
	};
};

type Event = RequestEvent<{ organizationId: string }>;

/** A form that does something to this organization: parsed, done, and the page shown anew. */
const deed =
	<T>(schema: z.ZodType<T>, work: (operator: Operator, organizationId: string, draft: T) => Promise<void>) =>
	async (event: Event) => {
		const { request, locals, params, url } = event;
		const { code = '', ...fields } = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(schema, fields);
		if (refused) return refused;
		const { refused: unwilling } = await deeds.act(event, { ...fields, code }, () =>
			work(locals.operator, params.organizationId, draft)
		);
		if (unwilling) return unwilling;
		redirect(303, url.pathname);
	};

export const actions: Actions = {
	visit: deed(tenants.Visit, (operator, id, { reason }) => tenants.visit(operator, id, reason)),
	// an owner's code, not one of an app
	unmask: async ({ request, locals, params, url }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(tenants.Unmask, fields);
		if (refused) return refused;
		try {
			await tenants.unmask(locals.operator, params.organizationId, draft.code);
		} catch (cause) {
			return forms.refusedBy(cause, fields, 'code');
		}
		redirect(303, url.pathname);
	},
	hold: deed(tenants.Hold, tenants.hold),
	verify: deed(tenants.Mark, tenants.verify),
	override: deed(tenants.Override, tenants.override),
	limit: deed(tenants.SetLimit, tenants.setLimit),
	throttle: deed(abuse.Step, abuse.throttle),
	credit: deed(tenants.Credit, tenants.credit)
};
