import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as invitations from '#lib/server/invitations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { organization } = locals.me;
	if (!organization.capabilities.includes('members:invite')) error(403, failures.not_allowed.says);
	return {
		invitations: await invitations.listOpen(locals.database, organization.id),
		now: new Date().toISOString()
	};
};

export const actions: Actions = {
	invite: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(invitations.Inviting, fields);
		if (refused) return refused;
		try {
			const answer = await invitations.invite(locals.database, locals.me.organization.id, draft);
			const rest = answer.refused.map(({ email }) => email).join('\n');
			const { role } = draft;
			// what could not be invited stays typed
			return { ...forms.accepted, values: { emails: rest, role }, refused: answer.refused, done: invited(answer.sent) };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	},

	resend: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await invitations.resend(locals.database, fields.id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Sent again. Earlier links of this invitation have stopped working.' };
	},

	revoke: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await invitations.revoke(locals.database, fields.id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Revoked. The link in the mail opens nothing any more.' };
	}
};

function invited(sent: readonly string[]): string | undefined {
	if (sent.length === 0) return undefined;
	return sent.length === 1 ? `${sent[0]} is invited.` : `${sent.length} people are invited.`;
}
