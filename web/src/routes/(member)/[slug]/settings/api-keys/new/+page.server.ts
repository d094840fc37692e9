import { error, fail } from '@sveltejs/kit';
import type { ActionFailure } from '@sveltejs/kit';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { failures } from '#core/failures.ts';
import { keyPresets } from '#core/key-scopes.ts';
import { offeredScopes } from '#lib/keys/scopes.ts';
import * as apiKeys from '#lib/server/api-keys.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { id, capabilities } = locals.me.organization;
	if (!capabilities.includes('keys:manage')) error(403, failures.not_allowed.says);
	const preset = keyPresets.find(({ name }) => name === url.searchParams.get('preset'));
	return {
		numbers: await apiKeys.numbers(locals.database, id),
		scopes: preset?.scopes ?? [],
		offered: offeredScopes(),
		presets: keyPresets,
		once: crypto.randomUUID(),
		api: `${PUBLIC_SUPABASE_URL}/functions/v1/api`
	};
};

export const actions: Actions = {
	default: async ({ request, locals }) => {
		const form = await request.formData();
		const fields = forms.fieldsOf(form);
		const rights = apiKeys.rightsIn(form);
		// what was chosen stays chosen
		const again = ({ status, data }: ActionFailure<forms.Refused>) => fail(status, { ...data, rights });
		const { draft, refused } = forms.parse(apiKeys.Making, fields, rights);
		if (refused) return again(refused);
		const { id: organizationId } = locals.me.organization;
		try {
			const { id, key } = await apiKeys.create(locals.database, organizationId, draft, locals.me.time_zone);
			const kept = await apiKeys.find(locals.database, organizationId, id);
			return { ...forms.accepted, made: { ...kept, key } };
		} catch (cause) {
			return again(forms.refusedBy(cause, fields, apiKeys.fieldOf(cause)));
		}
	}
};
