import { error, redirect } from '@sveltejs/kit';
import * as z from 'zod';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as plans from '#lib/server/plans.ts';
import type { Actions, PageServerLoad } from './$types';

const Chosen = z.object({ ...plans.Wish.shape, proration_at: z.coerce.number().int().positive() });

export const load: PageServerLoad = async ({ locals, url }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	if (!capabilities.includes('billing:read')) error(403, failures.not_allowed.says, { slug: 'not_allowed' });
	const [all, usage, subscription] = await Promise.all([
		plans.list(database),
		plans.usage(database, id),
		plans.subscription(database, id)
	]);
	return {
		plans: all,
		usage,
		subscription,
		interval: url.searchParams.get('interval') === 'year' ? ('year' as const) : ('month' as const)
	};
};

export const actions: Actions = {
	choose: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(plans.Wish, fields);
		if (refused) return refused;
		const { database, me } = locals;
		let page: string | null;
		try {
			if (await plans.subscription(database, me.organization.id)) {
				return {
					...forms.accepted,
					preview: { ...draft, ...(await plans.preview(database, me.organization.id, draft)) }
				};
			}
			page = await plans.subscribe(database, me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		if (page) redirect(303, page, { external: true });
		redirect(303, `/${params.slug}/settings/billing?back=done`);
	},

	change: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(Chosen, fields);
		if (refused) return refused;
		try {
			await plans.change(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, `/${params.slug}/settings/billing?back=plan`);
	}
};
