import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import * as codes from '#lib/server/codes.ts';
import * as forms from '#lib/server/forms.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

/** How many examples of what would change are shown. */
const examples = 10;

export const load: PageServerLoad = async ({ locals, params }) => {
	const { id, capabilities } = locals.me.organization;
	try {
		if (!capabilities.includes('verifications:manage')) throw new Failure('not_found');
		return { text: await codes.text(locals.database, id, params.messageId) };
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says);
		throw cause;
	}
};

export const actions: Actions = {
	try: (event) =>
		corrected(event, async (correction) => {
			const { changes, read, more } = await replayed(event, correction);
			const shown = changes.slice(0, examples).map(({ id, body, before, after }) => ({ id, body, before, after }));
			return { tried: { correction, count: changes.length, read, more, shown } };
		}),

	keep: (event) =>
		corrected(event, async (correction) => {
			const { rule, changes } = await replayed(event, correction);
			const changed = changes
				.filter(({ id }) => correction.stored || id === event.params.messageId)
				.slice(0, codes.mostChanged);
			await codes.save(event.locals.database, event.locals.me.organization.id, rule, changed);
			return { kept: changed.length };
		})
};

async function replayed({ locals, params }: RequestEvent, correction: codes.Correction) {
	const { id } = locals.me.organization;
	const text = await codes.text(locals.database, id, params.messageId);
	const rule = codes.ruleOf(text, correction);
	return { rule, ...(await codes.replay(locals.database, id, rule, text)) };
}

async function corrected<Answer>(event: RequestEvent, act: (correction: codes.Correction) => Promise<Answer>) {
	const fields = forms.fieldsOf(await event.request.formData());
	const { draft, refused } = forms.parse(codes.Correction, fields);
	if (refused) return refused;
	try {
		return { ...forms.accepted, values: fields, ...(await act(draft)) };
	} catch (cause) {
		return forms.refusedBy(cause, fields);
	}
}
