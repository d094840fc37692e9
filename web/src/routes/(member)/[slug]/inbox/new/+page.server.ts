import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import * as newTexts from '#lib/server/new-texts.ts';
import * as senders from '#lib/server/senders.ts';
import * as teams from '#lib/server/team-conversations.ts';
import { fieldsOf, parse, refusedBy } from '#lib/server/forms.ts';
import { Failure } from '#core/failures.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url, locals }) => {
	const { database, me } = locals;
	const kind = url.searchParams.get('kind');
	const to = url.searchParams.get('to') ?? '';
	const from = senders.choices(await senders.list(database, me.organization.id));
	const one = kind !== 'several' && kind !== 'team';
	return {
		key: crypto.randomUUID(),
		kind: (one ? 'one' : kind) as 'one' | 'several' | 'team',
		to,
		from,
		best: one && from.automatic ? await newTexts.bestFor(database, me.organization.id, to) : null
	};
};

/** Which field a refusal speaks of; the others speak of the whole form. */
const fieldOf: Readonly<Record<string, string>> = {
	recipient_invalid: 'recipient',
	opted_out: 'recipient',
	message_empty: 'body',
	message_too_long: 'body',
	title_too_long: 'title',
	member_gone: 'user_ids',
	colleagues_missing: 'user_ids'
};

const about = (cause: unknown) => (cause instanceof Failure ? fieldOf[cause.slug] : undefined);

export const actions: Actions = {
	one: async ({ request, locals, params }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(newTexts.One, fields);
		if (refused) return refused;
		let conversationId: string;
		try {
			const { id } = locals.me.organization;
			({ conversation_id: conversationId } = await newTexts.sendToOne(locals.database, id, draft));
		} catch (cause) {
			return refusedBy(cause, fields, about(cause));
		}
		redirect(303, resolve('/(member)/[slug]/inbox/[conversationId]', { slug: params.slug, conversationId }));
	},

	/** Reads a pasted list; the second time, confirmed, it is carried out. */
	several: async ({ request, locals }) => {
		const fields = fieldsOf(await request.formData());
		const { draft, refused } = parse(newTexts.Several, fields);
		if (refused) return refused;
		try {
			const { id } = locals.me.organization;
			const read = await newTexts.recipientsOf(locals.database, id, draft);
			const sent = fields.confirmed === 'yes';
			const recipients = sent ? await newTexts.sendToSeveral(locals.database, id, read, draft) : read;
			return { sent, told: { recipients, sent, values: fields }, errors: {}, values: fields };
		} catch (cause) {
			const field = about(cause);
			return refusedBy(cause, fields, field === 'recipient' ? 'recipients' : field);
		}
	},

	team: async ({ request, locals, params }) => {
		const form = await request.formData();
		const userIds = form.getAll('user_ids').map(String);
		const fields = { ...fieldsOf(form), user_ids: userIds.join(' ') };
		const parsed = teams.Team.safeParse({ ...fields, user_ids: userIds });
		if (!parsed.success) {
			const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' };
			return refusedBy(new Failure('malformed', message), fields, path[0] ? String(path[0]) : undefined);
		}
		let conversationId: string;
		try {
			conversationId = await teams.start(locals.database, locals.me.organization.id, parsed.data);
		} catch (cause) {
			return refusedBy(cause, fields, about(cause));
		}
		redirect(303, resolve('/(member)/[slug]/inbox/[conversationId]', { slug: params.slug, conversationId }));
	}
};
