/** An organization with an owner and an admin, and what is done with its invitations. */
import { createHash, randomBytes } from 'node:crypto';
import { beforeEach } from 'vitest';
import { createOrganization, createPerson, type Person, type Role } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge } from './acting.ts';

const { env, sql } = stack;

type Preview = {
	state: string;
	email: string;
	role: Role;
	organization_name: string;
	inviter_name: string;
	slug: string | null;
};
type Caller = Person | null;

/** Made anew before each test of a file that imports this one. */
export let owner: Person;
export let admin: Person;
export let organization: { id: string; slug: string };

beforeEach(async () => {
	[owner, admin] = await Promise.all([createPerson(sql, env, { fullName: 'Noor Haddad' }), createPerson(sql, env)]);
	organization = await createOrganization(sql, {
		owner,
		members: [{ person: admin, role: 'admin' }],
		name: 'Tidewater Hotel'
	});
});

export const anAddress = () => `wren-${randomBytes(6).toString('hex')}@else.example`;
export const refused = (slug: string) => ({ message: slug });

export async function invite(caller: Caller, email: string, role: Role = 'member', organizationId = organization.id) {
	return as(caller, async (tx) => {
		const [row] = await tx<{ answer: { id: string } }[]>`
			select api.invite(${organizationId}, ${email}, ${role}) as answer`;
		return row!.answer.id;
	});
}
export const resend = (caller: Caller, id: string) =>
	as(caller, async (tx) => void (await tx`select api.resend_invitation(${id})`));
export const revoke = (caller: Caller, id: string) =>
	as(caller, async (tx) => void (await tx`select api.revoke_invitation(${id})`));
export const preview = (caller: Caller, token: string | null) =>
	as(caller, async (tx) => (await tx`select api.invitation_preview(${token}) as answer`)[0]!.answer as Preview | null);
export const accept = (caller: Caller, token: string | null) =>
	as(caller, async (tx) => (await tx`select api.accept_invitation(${token}) as answer`)[0]!.answer as { slug: string });
export const open = (caller: Person) =>
	as(caller, (tx) => tx`select * from api.invitations where organization_id = ${organization.id} order by created_at`);
export const lettersOf = (id: string) =>
	sql<{ id: string }[]>`select id from private.invitation_letters where invitation_id = ${id} order by id`;
export const roleOf = async ({ userId }: Person) =>
	(await sql`select role from public.memberships where organization_id = ${organization.id} and user_id = ${userId}`)[0]
		?.role;
export const lines = async () =>
	(
		await sql`
			select verb, actor_id, object_id, before, after from public.audit_log
			where organization_id = ${organization.id} order by id`
	).map((line) => ({ ...line }));

/** What the worker does with the newest letter; the token as the letter's reader has it. */
export async function tokenFor(id: string, letter?: string): Promise<string> {
	const token = randomBytes(32).toString('base64url');
	const hash = createHash('sha256').update(token).digest('hex');
	const letterId = letter ?? (await lettersOf(id)).at(-1)!.id;
	const [row] = await edge`select service.issue_invitation_token(${letterId}, ${hash}) as answer`;
	if (!row!.answer) throw new Error('nothing to send');
	return token;
}
/** An invitation and its link. */
export async function invited(email = anAddress(), role: Role = 'member', by = owner) {
	const id = await invite(by, email, role);
	return { id, email, token: await tokenFor(id) };
}
