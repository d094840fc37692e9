/** What is said of a verb of the contract, and what its arguments are made of. */
import type { Capability } from '#core/capabilities.ts';
import type { Persona } from './cast.ts';
import type { World } from './world.ts';

export type Things = World['things'];

export type Verb = {
	/**
	 * Who may: roles with a capability, whom ownership is offered to, somebody with a session, or a visitor as well.
	 */
	who: Capability | 'offered' | 'somebody' | 'visitors';
	/** besides the capability, access to the restricted number */
	onNumber?: true;
	/** besides the capability, taking part in the team conversation */
	inTeam?: true;
	/** asks for a password that was entered in the last fifteen minutes */
	fresh?: true;
	/** the one line that it leaves in the book of an organization */
	writes?: string;
	/** the line instead of it where they belong already */
	writesOfColleagues?: string;
	/** answers with nothing, instead of refusing, where no session is alive or its person is suspended */
	silent?: true;
	/** arguments, as SQL */
	call: (things: Things, persona: Persona) => string;
	/** what makes the call possible, done by nobody in particular */
	given?: (things: Things, persona: Persona) => string;
};

export const text = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`;
export const organization = ({ organization_id }: Things) => text(organization_id);
export const aboutColleague = (things: Things) => `${organization(things)}, ${text(things.colleague)}`;
export const invitation = ({ invitation_id }: Things) => text(invitation_id);
export const conversation = ({ conversation_id }: Things) => text(conversation_id);
export const conversations = ({ conversation_id }: Things) => text(`{${String(conversation_id)}}`);
export const nothing = () => '';
/** a visitor is nobody */
export const idOf = ({ userId }: Persona) => userId ?? '00000000-0000-4000-8000-000000000000';

export const avatarOf = (persona: Persona) => text(`${idOf(persona)}/11111111-1111-4111-8111-111111111111`);
export const logoOf = (things: Things) =>
	text(`${String(things.organization_id)}/22222222-2222-4222-8222-222222222222`);
/** somebody else that the organization texts with */
export const anotherId = '77777777-7777-4777-8777-777777777777';
export const anotherContact = (things: Things) => `
	insert into public.contacts (id, organization_id, phone_number) values ('${anotherId}', ${organization(things)}, '+14155550196')`;
export const putUp = (bucket: string, path: string) =>
	`insert into storage.objects (bucket_id, name) values (${text(bucket)}, ${path})`;

export const attachment = ({ attachment_id }: Things) => text(attachment_id);
/** whoever calls has put it up, and not sent it yet */
export const unsent = ({ attachment_id }: Things, persona: Persona) => `
	update public.attachments set message_id = null, uploader_id = (select id from public.profiles where id = ${text(idOf(persona))})
	where id = ${text(attachment_id)}`;
/** whoever calls has asked for it */
export const ownExport = '88888888-8888-4888-8888-888888888888';
export const note = ({ note_id }: Things) => text(note_id);
/** the persona's own note; a visitor's is nobody's */
export const writeNote = ({ note_id, conversation_id }: Things, persona: Persona) => `
	insert into public.notes (id, conversation_id, author_id, body, idempotency_key)
	values (${text(note_id)}, ${text(conversation_id)}, (select id from public.profiles where id = ${text(idOf(persona))}),
		'for us', 'a key of one''s own')`;

/** the persona asked for the code */
export const askFor = ({ verification_id }: Things, persona: Persona) => `
	update public.verifications set requested_by = (select id from public.profiles where id = ${text(idOf(persona))})
	where id = ${text(verification_id)}`;

export const keepCard = (things: Things) => `
	insert into public.billing_customers (organization_id, provider_id, payment_method)
	values (${organization(things)}, 'cus_verbs', '{"id": "pm_verbs"}')
	on conflict (organization_id) do update set payment_method = excluded.payment_method`;
