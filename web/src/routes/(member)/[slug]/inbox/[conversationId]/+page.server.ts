import { error, fail, redirect } from '@sveltejs/kit';
import { Failure, failures } from '#core/failures.ts';
import * as conversations from '#lib/server/conversations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, url }) => {
	const before = Number(url.searchParams.get('before')) || null;
	try {
		const { id } = locals.me.organization;
		const thread = await conversations.open(locals.database, id, params.conversationId, before);
		return { ...thread, key: crypto.randomUUID() };
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says);
		throw cause;
	}
};

export const actions: Actions = {
	send: async ({ request, locals, params, url }) => {
		const fields = Object.fromEntries(await request.formData());
		const draft = conversations.Answer.safeParse(fields);
		if (!draft.success) return refuse('malformed', failures.malformed.says, String(fields.body ?? ''), []);
		try {
			const message = await conversations.answer(locals.database, params.conversationId, draft.data);
			if (isScripted(request)) return { message };
		} catch (cause) {
			if (!(cause instanceof Failure)) throw cause;
			const { seen_seq: seq = 0, body } = draft.data;
			const answers =
				cause.slug === 'collision'
					? await conversations.answersSince(locals.database, params.conversationId, seq, locals.me.user_id)
					: [];
			return refuse(cause.slug, cause.says, body, answers);
		}
		redirect(303, url.pathname);
	},

	read: async ({ request, locals, params }) => {
		const seq = Number((await request.formData()).get('seq'));
		if (!Number.isSafeInteger(seq)) return fail(400, { slug: 'malformed' as const });
		try {
			await conversations.markRead(locals.database, params.conversationId, seq);
		} catch (cause) {
			if (cause instanceof Failure) return fail(cause.status, { slug: cause.slug });
			throw cause;
		}
		return { read: seq };
	}
};

/** The page's script shows the message itself; without it the page is loaded anew, so that reloading sends nothing. */
function isScripted(request: Request): boolean {
	return request.headers.get('x-sveltekit-action') === 'true';
}

function refuse(
	slug: Failure['slug'],
	says: string,
	body: string,
	answers: Awaited<ReturnType<typeof conversations.answersSince>>
) {
	return fail(failures[slug].status, { slug, says, body, answers });
}
