import * as forms from '#lib/server/forms.ts';
import * as queues from '#lib/server/operators/queues.ts';
import type { Actions, PageServerLoad } from './$types';

const isId = (value: string | null) => value !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

export const load: PageServerLoad = async ({ locals, url }) => {
	const wanted = url.searchParams.get('id');
	return queues.jobs(locals.operator, isId(wanted) ? wanted : null);
};

export const actions: Actions = {
	settle: async ({ request, locals }) => {
		const form = await request.formData();
		const fields = forms.fieldsOf(form);
		const { draft, refused } = forms.parse(queues.Settling, fields, { jobs: form.getAll('jobs') });
		if (refused) return refused;
		try {
			const many = await queues.settle(locals.operator, draft);
			const done = `${many} ${many === 1 ? 'job' : 'jobs'} ${draft.deed === 'retry' ? 'will be tried again' : 'given up'}.`;
			return { ...forms.accepted, done };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	}
};
