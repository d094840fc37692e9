import { error, fail, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure, failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as state from '#lib/server/conversation-state.ts';
import type { Actions, RequestEvent } from './$types';

type Deed = (event: RequestEvent, form: FormData, ids: string[]) => Promise<void>;

/** Something that is done with the conversations a form names. Without a script, the page it came from is shown anew. */
function deed(carryOut: Deed): Actions[string] {
	return async (event) => {
		const form = await event.request.formData();
		const ids = state.idsOf(form);
		if (!ids) return fail(400, { slug: 'malformed' as const, says: failures.malformed.says });
		try {
			await carryOut(event, form, ids);
		} catch (cause) {
			if (isScripted(event)) return forms.refusedBy(cause, {});
			if (cause instanceof Failure) error(cause.status, cause.says);
			throw cause;
		}
		if (isScripted(event)) return { done: true };
		const inbox = resolve('/(member)/[slug]/inbox', { slug: event.params.slug });
		const next = form.get('next');
		redirect(303, typeof next === 'string' && isBelow(next, inbox) ? next : inbox);
	};
}

/** An address of this inbox, not one that only begins like it. */
function isBelow(next: string, inbox: string): boolean {
	return next === inbox || next.startsWith(`${inbox}/`) || next.startsWith(`${inbox}?`);
}

function isScripted({ request }: RequestEvent): boolean {
	return request.headers.get('x-sveltekit-action') === 'true';
}

export const actions: Actions = {
	archive: deed(({ locals }, _, ids) => state.archive(locals.database, ids)),
	restore: deed(({ locals }, _, ids) => state.restore(locals.database, ids)),
	unread: deed(({ locals }, _, ids) => state.markUnread(locals.database, ids)),
	delete: deed(({ locals }, _, ids) => state.remove(locals.database, ids)),
	label: deed(({ locals }, form, ids) => state.label(locals.database, ids, state.labelsOf(form))),
	assign: deed(async ({ locals }, form, ids) => {
		const { data } = state.Assignment.safeParse(forms.fieldsOf(form));
		if (!data) throw new Failure('assignee_invalid');
		await state.assign(locals.database, ids, data.assignee_id);
	}),
	snooze: deed(async ({ locals }, form, ids) => {
		const { data } = state.Snooze.safeParse(forms.fieldsOf(form));
		if (!data) throw new Failure('snooze_invalid');
		await state.snooze(locals.database, ids, data.until);
	}),
	follow: deed(async ({ locals }, form, ids) => {
		await Promise.all(ids.map((id) => state.follow(locals.database, id, form.get('follows') === 'true')));
	}),

	'new-label': async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await state.createLabel(locals.database, locals.me.organization.id, fields.name ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { done: true };
	}
};
