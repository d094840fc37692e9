import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import * as verifications from '#lib/server/verifications.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { id } = locals.me.organization;
	const [services, numbers, confirmedAt] = await Promise.all([
		verifications.services(locals.database),
		conversations.numbers(locals.database, id),
		verifications.allowedUseConfirmedAt(locals.database, id)
	]);
	return {
		services,
		numbers,
		confirmed: confirmedAt !== null,
		/** Who can confirm it, where nobody has. */
		confirmers: confirmedAt === null ? await managers(locals) : [],
		key: crypto.randomUUID(),
		wanted: { service: url.searchParams.get('service') ?? '', number: url.searchParams.get('number') ?? '' }
	};
};

async function managers({ database, me }: App.Locals): Promise<string[]> {
	const members = await conversations.members(database, me.organization.id);
	return members
		.filter(({ role }) => role === 'owner' || role === 'admin')
		.map(({ full_name, username }) => full_name ?? username)
		.slice(0, 3);
}

/** Which field a refusal speaks of; the others speak of the whole form. */
const fieldOf: Readonly<Record<string, string>> = {
	service_invalid: 'service',
	ttl_invalid: 'ttl',
	verification_note_too_long: 'note',
	number_missing: 'number',
	not_found: 'number',
	allowed_use_unconfirmed: 'confirmed'
};

export const actions: Actions = {
	default: async ({ request, locals, params }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(verifications.Request, fields);
		if (refused) return refused;
		const { id } = locals.me.organization;
		let verificationId: string;
		try {
			if (fields.confirmed === 'yes') await verifications.confirmAllowedUse(locals.database, id);
			verificationId = await verifications.request(locals.database, id, draft);
		} catch (cause) {
			const slug = cause instanceof Failure ? cause.slug : '';
			// what was changed since is another request
			const kept = slug === 'verification_key_reused' ? { ...fields, idempotency_key: crypto.randomUUID() } : fields;
			return refusedBy(cause, kept, fieldOf[slug]);
		}
		redirect(303, resolve('/(member)/[slug]/verifications/[verificationId]', { slug: params.slug, verificationId }));
	}
};
