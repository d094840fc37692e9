import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as state from '#lib/server/conversation-state.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { id } = locals.me.organization;
	const [inbox, labels] = await Promise.all([
		organizations.inboxSettings(locals.database, id),
		state.labels(locals.database, id)
	]);
	return { inbox, labels, countries: organizations.countries() };
};

/** What a form does; answers what to say of it. Refusals come back with what was typed. */
const deed =
	(carryOut: (event: RequestEvent, fields: Record<string, string>) => Promise<string>): Actions[string] =>
	async (event) => {
		const fields = forms.fieldsOf(await event.request.formData());
		try {
			return { ...forms.accepted, done: await carryOut(event, fields) };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	};

export const actions: Actions = {
	save: deed(async ({ locals }, fields) => {
		const { data } = organizations.InboxChange.safeParse(fields);
		if (!data) throw new Failure('country_invalid');
		await organizations.setInbox(locals.database, locals.me.organization.id, data);
		return 'Saved.';
	}),

	add: deed(async ({ locals }, { name = '' }) => {
		await state.createLabel(locals.database, locals.me.organization.id, name);
		return `“${name}” is made.`;
	}),

	label: deed(async ({ locals }, fields) => {
		const { data } = state.LabelChange.safeParse(fields);
		if (!data) throw new Failure('label_color_invalid');
		await state.changeLabel(locals.database, data);
		return `“${data.name}” is saved.`;
	}),

	remove: deed(async ({ locals }, { id = '' }) => {
		await state.deleteLabel(locals.database, id);
		return 'Deleted, also from every conversation that had it.';
	})
};
