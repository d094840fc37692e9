/** The table of verbs.ts: one's own account, organizations and who belongs to them. */
import {
	aboutColleague,
	avatarOf,
	idOf,
	invitation,
	logoOf,
	nothing,
	organization,
	putUp,
	text,
	type Verb
} from './verb.ts';

export const people: Record<string, Verb> = {
	// one's own
	update_profile: { who: 'somebody', call: () => `'another_name', 'Another Name', 'en', 'UTC'` },
	set_avatar: {
		who: 'somebody',
		given: (_, persona) => putUp('avatars', avatarOf(persona)),
		call: (_, persona) => avatarOf(persona)
	},
	remove_avatar: { who: 'somebody', call: nothing },
	my_sessions: { who: 'somebody', silent: true, call: nothing },
	my_sign_ins: { who: 'somebody', silent: true, call: nothing },
	end_session: { who: 'somebody', call: ({ session_id }) => text(session_id) },
	end_other_sessions: { who: 'somebody', call: nothing },
	confirm_fresh_session: { who: 'somebody', fresh: true, call: nothing },
	my_email_change: { who: 'somebody', call: nothing },
	cancel_email_change: { who: 'somebody', call: nothing },
	my_sole_ownerships: { who: 'somebody', call: nothing },
	request_account_deletion: {
		who: 'somebody',
		fresh: true,
		// nobody is an only owner any more
		given: ({ colleague }, persona) => `
			insert into public.memberships (organization_id, user_id, role)
			select organization_id, ${text(colleague)}, 'owner' from public.memberships where user_id = ${text(idOf(persona))}
			on conflict (organization_id, user_id) do update set role = 'owner'`,
		call: nothing
	},
	cancel_account_deletion: { who: 'somebody', call: nothing },

	// organizations
	slug_available: { who: 'somebody', call: () => text('a-free-address') },
	create_organization: {
		who: 'somebody',
		writes: 'organization.created',
		call: () => `'Another one', 'another-one-of-these', 'UTC'`
	},
	update_organization: {
		who: 'organization:update',
		writes: 'organization.updated',
		call: (things) => `${organization(things)}, 'Another name', ${text(things.slug)}, 'Europe/Berlin'`
	},
	set_logo: {
		// the line is written when the picture was looked at and is shown: service.finish_upload
		who: 'organization:update',
		given: (things) => putUp('logos', logoOf(things)),
		call: (things) => `${organization(things)}, ${logoOf(things)}`
	},
	remove_logo: { who: 'organization:update', writes: 'logo.changed', call: organization },

	// who belongs to them
	change_role: {
		who: 'roles:change',
		fresh: true,
		writes: 'role.changed',
		call: (things) => `${aboutColleague(things)}, 'viewer'`
	},
	left_behind: { who: 'members:remove', call: aboutColleague },
	remove_member: { who: 'members:remove', writes: 'member.removed', call: aboutColleague },
	leave_organization: {
		who: 'members:read',
		writes: 'member.left',
		// another owner is left, who sent the invitations: they would be revoked, a line for each
		given: (things) => `
			with others as (update public.invitations set invited_by = ${text(things.colleague)}
				where organization_id = ${organization(things)})
			update public.memberships set role = 'owner'
			where organization_id = ${organization(things)} and user_id = ${text(things.colleague)}`,
		call: organization
	},
	offer_ownership: { who: 'ownership:transfer', fresh: true, writes: 'ownership.offered', call: aboutColleague },
	withdraw_ownership: { who: 'ownership:transfer', writes: 'ownership.withdrawn', call: organization },
	decline_ownership: { who: 'offered', writes: 'ownership.declined', call: organization },
	accept_ownership: { who: 'offered', fresh: true, writes: 'ownership.accepted', call: organization },
	invite: {
		who: 'members:invite',
		writes: 'member.invited',
		call: (things) => `${organization(things)}, 'nobody@else.example', 'member'`
	},
	resend_invitation: { who: 'members:invite', writes: 'invitation.resent', call: invitation },
	revoke_invitation: { who: 'members:invite', writes: 'invitation.revoked', call: invitation },
	invitation_preview: { who: 'visitors', call: ({ token }) => text(token) },
	accept_invitation: {
		who: 'somebody',
		writes: 'member.joined',
		writesOfColleagues: 'invitation.accepted',
		// the link of the revoked invitation becomes one of the open one
		given: ({ token, invitation_id }) => `
			update private.invitation_letters set invitation_id = ${text(invitation_id)}
			where id = (select letter_id from private.invitation_tokens where token_hash = private.token_key(${text(token)}))`,
		call: ({ token }) => text(token)
	},

	set_number_access: {
		who: 'numbers:assign',
		writes: 'number.access_changed',
		call: ({ phone_number_id }) => `${text(phone_number_id)}, true, '{viewer}', '{}'`
	},
	number_usage: { who: 'messages:read', call: (things) => `${organization(things)}, 30` },
	update_number: {
		who: 'numbers:assign',
		onNumber: true,
		writes: 'number.renamed',
		call: ({ phone_number_id, label }) => `${text(phone_number_id)}, ${text(label)}, 3::smallint`
	},
	set_auto_renew: {
		who: 'numbers:buy',
		onNumber: true,
		writes: 'number.renewal_changed',
		call: ({ phone_number_id }) => `${text(phone_number_id)}, false`
	},
	renew_number: {
		who: 'numbers:buy',
		onNumber: true,
		writes: 'number.renewed',
		call: ({ phone_number_id }) => text(phone_number_id),
		given: ({ phone_number_id }) => `
			update public.phone_numbers set status = 'grace', grace_until = now(), renews_at = now() where id = ${text(phone_number_id)}`
	},
	cancel_number: {
		who: 'numbers:buy',
		onNumber: true,
		writes: 'number.cancelled',
		call: ({ phone_number_id, e164 }) => `${text(phone_number_id)}, ${text(e164)}, false`,
		given: ({ phone_number_id, e164 }) =>
			`update public.phone_numbers set e164 = ${text(e164)} where id = ${text(phone_number_id)}`
	},
	keep_number: {
		who: 'numbers:buy',
		onNumber: true,
		writes: 'number.kept',
		call: ({ phone_number_id }) => text(phone_number_id),
		given: ({ phone_number_id }) =>
			`update public.phone_numbers set renews_at = now(), ends_at = now() where id = ${text(phone_number_id)}`
	},
	set_default_number: {
		who: 'messages:send',
		onNumber: true,
		call: (things) => `${organization(things)}, ${text(things.phone_number_id)}`
	},

	// what our support may see
	issue_support_code: { who: 'support:allow', writes: 'support.code_issued', call: organization },
	end_support_access: {
		who: 'support:allow',
		writes: 'support.code_ended',
		given: (things) =>
			`insert into private.support_codes (organization_id, hash) values (${organization(things)}, sha256('code'))`,
		call: organization
	},
	support_access: { who: 'support:allow', call: organization }
};
