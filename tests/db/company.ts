/** An organization with somebody in every role, as tests of its verbs want it. */
import { stack } from '../support/shared-stack.ts';
import { addMember, createOrganization, createPerson, type Person } from '../support/people.ts';
import { as } from './acting.ts';

const { env, sql } = stack;

/** Owner, admin, member and viewer of a new organization, all of whom have just entered their passwords, and a stranger. */
export async function company() {
	const [owner, admin, member, viewer, stranger] = [
		await freshPerson(),
		await freshPerson(),
		await freshPerson(),
		await freshPerson(),
		await freshPerson()
	];
	const { id, slug } = await createOrganization(sql, { owner });
	await addMember(sql, id, admin, 'admin');
	await addMember(sql, id, member, 'member');
	await addMember(sql, id, viewer, 'viewer');
	return { id, slug, owner, admin, member, viewer, stranger };
}

/** Somebody whose session had its password entered just now. */
export async function freshPerson(): Promise<Person> {
	const person = await createPerson(sql, env);
	await sql`select private.record_password_entered(${person.sessionId})`;
	return person;
}

/** The password was entered too long ago for what is sensitive. */
export async function growStale({ sessionId }: Person): Promise<void> {
	await sql`
		update private.session_details set password_entered_at = now() - interval '16 minutes' where session_id = ${sessionId}`;
}

/** What somebody is in an organization; null when they do not belong to it. */
export async function roleOf(organizationId: string, { userId }: Person): Promise<string | null> {
	const [row] = await sql<{ role: string }[]>`
		select role from public.memberships where organization_id = ${organizationId} and user_id = ${userId}`;
	return row?.role ?? null;
}

/** The organization's book from its beginning. */
export async function bookOf(organizationId: string) {
	return sql<
		{ verb: string; actor_id: string | null; object_id: string | null; before: unknown; after: unknown }[]
	>`select verb, actor_id, object_id, before, after from public.audit_log where organization_id = ${organizationId} order by id`;
}

/** Events sent on a topic. */
export async function hintsOn(topic: string): Promise<string[]> {
	const rows = await sql<{ event: string }[]>`
		select event from realtime.messages where topic = ${topic} and private order by inserted_at`;
	return rows.map(({ event }) => event);
}

/** The verbs, as somebody. */
export const verbs = (organizationId: string) => ({
	changeRole: (by: Person, whom: Person, role: string) =>
		as(by, (tx) => tx`select api.change_role(${organizationId}, ${whom.userId}, ${role})`),
	remove: (by: Person, whom: Person, handOverTo: Person | null = null) =>
		as(by, (tx) => tx`select api.remove_member(${organizationId}, ${whom.userId}, ${handOverTo?.userId ?? null})`),
	leave: (by: Person) => as(by, (tx) => tx`select api.leave_organization(${organizationId})`),
	offer: (by: Person, whom: Person) =>
		as(by, (tx) => tx`select api.offer_ownership(${organizationId}, ${whom.userId})`),
	withdraw: (by: Person) => as(by, (tx) => tx`select api.withdraw_ownership(${organizationId})`),
	decline: (by: Person) => as(by, (tx) => tx`select api.decline_ownership(${organizationId})`),
	accept: (by: Person) => as(by, (tx) => tx`select api.accept_ownership(${organizationId})`)
});
