import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { timeZones } from '#core/time-zones.ts';
import * as forms from '#lib/server/forms.ts';
import * as members from '#lib/server/members.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as people from '#lib/server/people.ts';
import * as supportCodes from '#lib/server/support-codes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	depends('organization:people');
	const { id, capabilities } = locals.me.organization;
	const [zone, offer, everybody, support] = await Promise.all([
		organizations.timeZone(locals.database, id),
		members.offer(locals.database, id),
		members.list(locals.database, id),
		capabilities.includes('support:allow') ? supportCodes.access(locals.database, id, locals.me.time_zone) : undefined
	]);
	const stays = whyStays(locals.me, everybody);
	return { zone, offer, members: everybody, zones: timeZones, host: url.host, support, stays };
};

/** Why somebody cannot leave; undefined where they can. */
function whyStays({ organization, organizations }: App.Locals['me'], everybody: members.Member[]): string | undefined {
	if (organization.role !== 'owner') return undefined;
	if (organization.is_personal && organizations.length > 0)
		return 'This is your personal organization. Everybody keeps theirs.';
	if (everybody.filter(({ role }) => role === 'owner').length === 1)
		return 'An organization always has an owner. Hand ownership over first, then you can leave.';
	return undefined;
}

/** Answers an offer of ownership, or takes it back. */
function answer(verb: Parameters<typeof members.answerOffer>[2], done: string): Actions[string] {
	return async ({ locals }) => {
		try {
			await members.answerOffer(locals.database, locals.me.organization.id, verb);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done };
	};
}

export const actions = {
	save: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(organizations.Draft, fields);
		if (refused) return refused;
		try {
			await organizations.update(locals.database, locals.me.organization.id, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields, cause instanceof Failure ? organizations.fieldOf[cause.slug] : undefined);
		}
		if (draft.slug !== params.slug) {
			redirect(303, `${resolve('/(member)/[slug]/settings/organization', { slug: draft.slug })}?moved`);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	offer: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(members.Person, fields);
		if (refused) return refused;
		try {
			await members.offerOwnership(locals.database, locals.me.organization.id, draft.user_id);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'The offer is made. Nothing changes until it is accepted.' };
	},

	withdraw: answer('withdraw_ownership', 'The offer is withdrawn.'),
	decline: answer('decline_ownership', 'You declined. Nothing has changed.'),
	accept: answer('accept_ownership', 'You own this organization now.'),

	issue_code: async ({ locals }) => {
		try {
			const { code } = await supportCodes.issue(locals.database, locals.me.organization.id);
			return { ...forms.accepted, done: `Tell them this code, it is not shown again: ${code}` };
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
	},

	end_access: async ({ locals }) => {
		try {
			await supportCodes.end(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'Our support reads nothing any more.' };
	},

	leave: async ({ locals }) => {
		try {
			await members.leave(locals.database, locals.me.organization.id);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		redirect(303, people.homeOf(await people.whoami(locals.database)));
	}
} satisfies Actions;
