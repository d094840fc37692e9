import type * as z from 'zod';
import * as forms from '#lib/server/forms.ts';
import * as deeds from '#lib/server/operators/deeds.ts';
import type { Operator } from '#lib/server/operators/realm.ts';
import * as platform from '#lib/server/operators/platform.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = ({ locals }) => platform.health(locals.operator);

/** A form of this page: read by its schema, done by its verb, and told in a sentence. */
function deed<T>(schema: z.ZodType<T>, act: (operator: Operator, draft: T) => Promise<void>, done: string) {
	return async (event: RequestEvent) => {
		const fields = forms.fieldsOf(await event.request.formData());
		const { draft, refused } = forms.parse(schema, fields);
		if (refused) return refused;
		const { refused: unwilling } = await deeds.act(event, fields, () => act(event.locals.operator, draft));
		return unwilling ?? { ...forms.accepted, done };
	};
}

export const actions: Actions = {
	announce: deed(platform.Announcement, platform.announce, 'It is announced.'),
	withdraw: deed(platform.Withdrawal, platform.withdraw, 'It is said no more.'),
	rest: deed(platform.Rest, platform.rest, 'The platform rests: everything can be read, nothing changed.'),
	goOn: deed(platform.End, platform.goOn, 'The platform goes on.')
};
