import { error, fail, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure, failures } from '#core/failures.ts';
import * as contacts from '#lib/server/contacts.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	if (!locals.me.organization.capabilities.includes('contacts:update')) {
		redirect(303, resolve('/(member)/[slug]/contacts', params));
	}
	return { country: await contacts.countryOf(locals.database, locals.me.organization.id) };
};

export const actions: Actions = {
	/** A part of a file: tried, or done. Answers what becomes of each row. */
	default: async ({ request, locals }) => {
		const form = await request.formData();
		let rows: unknown;
		try {
			rows = JSON.parse(String(form.get('rows')));
		} catch {
			error(400, failures.malformed.says);
		}
		const parsed = contacts.Rows.safeParse(rows);
		if (!parsed.success) error(400, failures.malformed.says);
		try {
			const dryRun = form.get('dry_run') !== 'false';
			return { results: await contacts.bring(locals.database, locals.me.organization.id, parsed.data, dryRun) };
		} catch (cause) {
			if (cause instanceof Failure) return fail(cause.status, { slug: cause.slug, says: cause.says });
			throw cause;
		}
	}
};
