import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as contacts from '#lib/server/contacts.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as forms from '#lib/server/forms.ts';
import * as optOuts from '#lib/server/opt-outs.ts';
import type { Actions, PageServerLoad } from './$types';

const largestFile = 2 * 1024 * 1024;

export const load: PageServerLoad = async ({ locals, url }) => {
	const { organization } = locals.me;
	if (!organization.capabilities.includes('opt_outs:update')) error(403, failures.not_allowed.says);
	const [list, replies, numbers] = await Promise.all([
		optOuts.list(locals.database, organization.id, url.searchParams),
		optOuts.replies(locals.database, organization.id),
		conversations.numbers(locals.database, organization.id)
	]);
	const last = list.at(-1);
	return {
		list,
		replies,
		numbers,
		search: url.searchParams.get('search') ?? '',
		next: last && list.length === optOuts.perPage ? optOuts.placeOf(last) : null
	};
};

export const actions: Actions = {
	add: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(optOuts.Adding, fields);
		if (refused) return refused;
		try {
			await optOuts.add(locals.database, draft, await contacts.countryOf(locals.database, locals.me.organization.id));
		} catch (cause) {
			return forms.refusedBy(cause, fields, 'contact_number');
		}
		return { ...forms.accepted, done: `${draft.contact_number} gets no more texts from this number.` };
	},

	lift: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(optOuts.Lifting, fields);
		if (refused) return refused;
		try {
			await optOuts.lift(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return {
			...forms.accepted,
			done: `${draft.contact_number} may be texted again. The evidence is in the audit log.`
		};
	},

	replies: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(optOuts.Answers, fields);
		if (refused) return refused;
		try {
			await optOuts.setReplies(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	import: async ({ request, locals }) => {
		const form = await request.formData();
		const file = form.get('file');
		const kept = form.get('rows');
		const { id } = locals.me.organization;
		try {
			const text = file instanceof File && file.size > 0 ? await fileText(file) : typeof kept === 'string' ? kept : '';
			const numbers = await conversations.numbers(locals.database, id);
			const { rows, refused } = optOuts.readCsv(text, numbers, await contacts.countryOf(locals.database, id));
			const isDry = form.get('deed') !== 'import';
			const answer = await optOuts.importRows(locals.database, id, rows, isDry);
			const result = { ...answer, refused: [...refused, ...answer.refused].sort((a, b) => a.row - b.row) };
			if (isDry) return { ...forms.accepted, preview: { ...result, text } };
			return { ...forms.accepted, done: `${String(answer.added)} new, ${String(answer.known)} known already.` };
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
	}
};

async function fileText(file: File): Promise<string> {
	return file.size > largestFile ? '' : file.text();
}
