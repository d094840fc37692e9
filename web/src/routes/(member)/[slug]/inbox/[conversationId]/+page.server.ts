import { error, fail, redirect } from '@sveltejs/kit';
import { zoneOf } from '#core/contact-zones.ts';
import { Failure, failures } from '#core/failures.ts';
import { isZone, startOfDay } from '#lib/conversations/moments.ts';
import * as attachments from '#lib/server/attachments.ts';
import * as codes from '#lib/server/codes.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as drafts from '#lib/server/drafts.ts';
import * as notes from '#lib/server/notes.ts';
import * as schedules from '#lib/server/schedules.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, url, cookies }) => {
	const zone = cookies.get('time_zone') ?? '';
	const place = placeOf(url.searchParams, isZone(zone) ? zone : 'UTC');
	try {
		const { id } = locals.me.organization;
		const [thread, noted] = await Promise.all([
			conversations.open(locals.database, id, params.conversationId, place),
			notes.latest(locals.database, params.conversationId)
		]);
		return { ...thread, noted, zone: zoneOf(thread.conversation.contact_number ?? ''), key: crypto.randomUUID() };
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says);
		throw cause;
	}
};

/** `?message=<seq>`, `?date=2026-03-01`, and the pages of who has no script: `?before=<seq>`, `?after=<seq>`. */
function placeOf(asked: URLSearchParams, zone: string): conversations.Place | null {
	const seqOf = (name: string) => {
		const seq = Number(asked.get(name));
		return Number.isSafeInteger(seq) && seq > 0 ? seq : null;
	};
	const [message, before, after] = [seqOf('message'), seqOf('before'), seqOf('after')];
	if (message !== null) return { message };
	if (before !== null) return { before };
	if (after !== null) return { after };
	const moment = startOfDay(asked.get('date') ?? '', zone);
	return moment === null ? null : { moment };
}

export const actions: Actions = {
	send: async ({ request, locals, params, url }) => {
		const form = await request.formData();
		const fields = Object.fromEntries(form);
		const draft = conversations.Answer.safeParse(fields);
		if (!draft.success) return refuse('malformed', failures.malformed.says, String(fields.body ?? ''), []);
		// without a script files come with the form
		const files = form.getAll('files').filter((file): file is File => file instanceof File && file.size > 0);
		try {
			if (files.length > 0) {
				const { ids, links } = await attachments.bring(locals.database, params.conversationId, files);
				draft.data.attachment_ids = [...(draft.data.attachment_ids ?? []), ...ids];
				draft.data.body = [draft.data.body, ...links.map((token) => `${url.origin}/a/${token}`)].join(' ').trim();
				if (links.length > 0) {
					const says = 'Some files cannot be texted here. Links to them stand in your text now. Send it like this?';
					return refuse('media_unavailable', says, draft.data.body, [], draft.data.attachment_ids);
				}
			}
			const message = await conversations.answer(
				locals.database,
				params.conversationId,
				draft.data,
				locals.me.undo_send_seconds
			);
			if (isScripted(request)) return { message };
		} catch (cause) {
			if (!(cause instanceof Failure)) throw cause;
			const { seen_seq: seq = 0, body, attachment_ids: ids } = draft.data;
			const answers =
				cause.slug === 'collision'
					? await conversations.answersSince(locals.database, params.conversationId, seq, locals.me.user_id)
					: [];
			return refuse(cause.slug, cause.says, body, answers, ids);
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
	},

	unsend: async ({ request, locals }) => {
		const id = String((await request.formData()).get('id'));
		return attempt(async () => ({ message: await conversations.unsend(locals.database, id) }));
	},

	reveal: async ({ request, locals }) => {
		const id = String((await request.formData()).get('id'));
		return attempt(async () => ({ revealed: { id, codes: await codes.reveal(locals.database, id) } }));
	},

	draft: async ({ request, locals, params }) => {
		const form = await request.formData();
		const basedOn = Number(form.get('based_on') || Number.NaN);
		const files = conversations.FileIds.safeParse(form.get('attachment_ids')).data ?? null;
		return attempt(async () => ({
			revision: await drafts.save(
				locals.database,
				params.conversationId,
				String(form.get('body') ?? ''),
				Number.isSafeInteger(basedOn) ? basedOn : null,
				files
			)
		}));
	},

	schedule: async ({ request, locals, params }) => {
		const fields = Object.fromEntries(await request.formData());
		const change = schedules.Change.safeParse(fields);
		if (change.success) return attempt(async () => ({ planned: await schedules.update(locals.database, change.data) }));
		const plan = schedules.Plan.safeParse(fields);
		if (!plan.success) return fail(400, { slug: 'malformed' as const, says: failures.malformed.says });
		return attempt(async () => ({
			planned: await schedules.schedule(locals.database, params.conversationId, plan.data)
		}));
	},

	cancelScheduled: async ({ request, locals }) => {
		const id = String((await request.formData()).get('id'));
		return attempt(async () => {
			await schedules.cancel(locals.database, id);
			return { cancelled: id };
		});
	}
};

/** What a deed answers, or why it was refused. */
async function attempt<Answer>(deed: () => Promise<Answer>) {
	try {
		return await deed();
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return fail(cause.status, { slug: cause.slug, says: cause.says });
	}
}

/** The page's script shows the message itself; without it the page is loaded anew, so that reloading sends nothing. */
function isScripted(request: Request): boolean {
	return request.headers.get('x-sveltekit-action') === 'true';
}

function refuse(
	slug: Failure['slug'],
	says: string,
	body: string,
	answers: Awaited<ReturnType<typeof conversations.answersSince>>,
	attachmentIds: readonly string[] = []
) {
	return fail(failures[slug].status, { slug, says, body, answers, attachmentIds });
}
