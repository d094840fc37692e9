import * as forms from '#lib/server/forms.ts';
import * as queues from '#lib/server/operators/queues.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ differences: await queues.differences(locals.operator) });

const came: Readonly<Record<string, string>> = {
	started: 'The repair has started; the next comparison says whether it helped.',
	done: 'Repaired. The next comparison says whether it is gone.',
	failed: 'The repair failed, and nothing was changed. The row says why.',
	none: 'No repair is known to be safe. A person decides.',
	gone: 'It is gone already.'
};

export const actions: Actions = {
	repair: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(queues.Repair, fields);
		if (refused) return refused;
		try {
			const outcome = await queues.repair(locals.operator, draft);
			return { ...forms.accepted, done: came[outcome] ?? outcome };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
