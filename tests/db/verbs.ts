/**
 * Every verb of the contract: who may call it, whether it asks for a fresh password, and what it leaves in the
 * organization's book. A verb of `api` that is missing here fails verbs.test.ts.
 */
import type { Capability } from '#core/capabilities.ts';
import type { Persona } from './cast.ts';
import type { World } from './world.ts';

type Things = World['things'];

export type Verb = {
	/**
	 * Who may: roles with a capability, whom ownership is offered to, somebody with a session, or a visitor as well.
	 */
	who: Capability | 'offered' | 'somebody' | 'visitors';
	/** besides the capability, access to the restricted number */
	onNumber?: true;
	/** asks for a password that was entered in the last fifteen minutes */
	fresh?: true;
	/** the one line that it leaves in the book of an organization */
	writes?: string;
	/** changes nothing, so writes nothing, where they belong already */
	joins?: true;
	/** answers with nothing, instead of refusing, where no session is alive or its person is suspended */
	silent?: true;
	/** arguments, as SQL */
	call: (things: Things, persona: Persona) => string;
	/** what makes the call possible, done by nobody in particular */
	given?: (things: Things, persona: Persona) => string;
};

const text = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`;
const organization = ({ organization_id }: Things) => text(organization_id);
const aboutColleague = (things: Things) => `${organization(things)}, ${text(things.colleague)}`;
const invitation = ({ invitation_id }: Things) => text(invitation_id);
const nothing = () => '';
/** a visitor is nobody */
const idOf = ({ userId }: Persona) => userId ?? '00000000-0000-4000-8000-000000000000';

const avatarOf = (persona: Persona) => text(`${idOf(persona)}/11111111-1111-4111-8111-111111111111`);
const logoOf = (things: Things) => text(`${String(things.organization_id)}/22222222-2222-4222-8222-222222222222`);
const putUp = (bucket: string, path: string) =>
	`insert into storage.objects (bucket_id, name) values (${text(bucket)}, ${path})`;

/** By name: a door has one form. */
export const verbs: Record<string, Verb> = {
	me: { who: 'somebody', call: () => 'null' },
	username_available: { who: 'visitors', call: () => text('a_free_name') },

	// what is said
	send_message: {
		who: 'messages:send',
		onNumber: true,
		call: ({ conversation_id }) => `'Hello', 'a key of its own', conversation_id => ${text(conversation_id)}`
	},
	mark_read: { who: 'messages:read', onNumber: true, call: ({ conversation_id }) => `${text(conversation_id)}, 1` },

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
		joins: true,
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

	// the book
	audit_people: { who: 'audit:read', call: organization },
	export_audit_log: { who: 'audit:read', fresh: true, writes: 'audit.exported', call: organization }
};
