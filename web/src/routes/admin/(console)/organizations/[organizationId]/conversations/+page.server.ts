import { error, redirect } from '@sveltejs/kit';
import { Failure, failures } from '#core/failures.ts';
import * as tenants from '#lib/server/operators/tenants.ts';
import type { PageServerLoad } from './$types';

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const load: PageServerLoad = async ({ locals, params: { organizationId }, url }) => {
	const wanted = url.searchParams.get('conversation');
	if (!id.test(organizationId) || (wanted !== null && !id.test(wanted))) error(404, failures.not_found.says);
	try {
		const one = wanted === null ? null : await tenants.conversation(locals.operator, wanted);
		// under another organization's address there is nothing
		if (one && one.organization_id !== organizationId) error(404, failures.not_found.says);
		return { one, list: one ? null : await tenants.conversations(locals.operator, organizationId), organizationId };
	} catch (cause) {
		// its own page asks why
		if (cause instanceof Failure && cause.slug === 'visit_missing')
			redirect(303, `/admin/organizations/${organizationId}`);
		throw cause;
	}
};
