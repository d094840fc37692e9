/** A small world for isolation tests: everyone who might look, and one row of everything there is to see. Never committed. */
import type { Sql, TransactionSql } from 'postgres';
import { stack } from '../support/shared-stack.ts';
import {
	addMember,
	claimsOf,
	createNumber,
	createOrganization,
	createPerson,
	signOut,
	type Person
} from '../support/people.ts';

/** Somebody who looks, and what the rules let them see. */
export type Persona = {
	name: string;
	role: 'anon' | 'authenticated';
	claims: Record<string, unknown> | null;
	userId: string | null;
	organizations: string[];
	/** those of them that they run, as owner or admin */
	manages: string[];
	numbers: string[];
	teams: string[];
	/** ids and texts that must never be in an answer to them */
	secrets: string[];
};

export type World = {
	personas: Persona[];
	owner: Persona;
	/** the owner's things, by the names that columns and arguments have: the number is restricted by a grant */
	things: Record<string, unknown>;
};

const body = 'meet at the blue door, nobody else may know';
const outcome = Symbol('undone');

/**
 * Runs `work` in a transaction and undoes everything it did. The stack's own clock and worker go on meanwhile: where a
 * change of a table and one of theirs wait for each other, Postgres ends one of the two, and ours is simply done again.
 */
export async function undone<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await undoneOnce(work);
		} catch (error) {
			const deadlock = error instanceof Error && 'code' in error && error.code === '40P01';
			if (!deadlock || attempt === 5) throw error;
		}
	}
}

async function undoneOnce<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	let answer: { [outcome]: T } | undefined;
	await stack.sql
		.begin('isolation level repeatable read', async (tx) => {
			answer = { [outcome]: await work(tx) };
			throw answer;
		})
		.catch((error: unknown) => {
			if (error !== answer) throw error;
		});
	return answer![outcome];
}

/** Makes the world. `tx` is the superuser's. */
export async function createWorld(tx: TransactionSql): Promise<World> {
	// postgres.js types a transaction apart from a connection; what people.ts uses, both have
	const sql = tx as unknown as Sql;
	const make = () => createPerson(sql, stack.env);
	const owner = await make();
	const [member, removed, signedOut, expired, stranger] = [
		await make(),
		await make(),
		await make(),
		await make(),
		await make()
	];
	const organization = await createOrganization(sql, { owner });
	for (const person of [member, removed, signedOut, expired]) await addMember(sql, organization.id, person, 'member');
	const restricted = await createNumber(sql, null, {
		organizationId: organization.id,
		grants: [{ userId: signedOut.userId }, { userId: expired.userId }, { userId: removed.userId }]
	});
	const open = await createNumber(sql, null, { organizationId: organization.id });
	const elsewhere = await createOrganization(sql, { owner: stranger });
	const theirs = await createNumber(sql, null, { organizationId: elsewhere.id });

	const kept = await fillNumber(tx, organization.id, restricted.id, owner, body);
	await fillNumber(tx, organization.id, open.id, owner, 'good morning');
	await fillNumber(tx, elsewhere.id, theirs.id, stranger, 'good evening');
	const team = await fillTeam(tx, organization.id, [owner, removed, signedOut, expired]);
	await tx`delete from public.memberships where organization_id = ${organization.id} and user_id = ${removed.userId}`;
	await signOut(sql, signedOut);
	await tx`update auth.sessions set created_at = now() - interval '31 days' where id = ${expired.sessionId}`;

	const [line] = await tx<{ id: string }[]>`
		insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, after)
		values (${organization.id}, 'person', ${owner.userId}, 'member.invited', 'invitation', ${tx.json({ email: 'invited@else.example' })})
		returning id`;
	const hidden = [restricted.id, restricted.e164, kept.conversation_id, kept.message_id, team, body];
	const all = [organization.id, organization.slug, open.id, open.e164, owner.email, ...hidden];
	const persona = (name: string, person: Person, sees: Partial<Persona> = {}): Persona => ({
		name,
		role: 'authenticated',
		claims: claimsOf(person),
		userId: person.userId,
		organizations: [],
		manages: [],
		numbers: [],
		teams: [],
		secrets: all,
		...sees
	});
	const asOwner = persona('the owner', owner, {
		organizations: [organization.id, owner.organizationId],
		manages: [organization.id, owner.organizationId],
		numbers: [restricted.id, open.id],
		teams: [team],
		secrets: []
	});
	return {
		owner: asOwner,
		personas: [
			{ ...persona('an anonymous visitor', owner), role: 'anon', claims: null, userId: null },
			asOwner,
			persona('a member without the grant', member, {
				organizations: [organization.id, member.organizationId],
				manages: [member.organizationId],
				numbers: [open.id],
				secrets: hidden
			}),
			persona('a member of another organization', stranger, {
				organizations: [elsewhere.id, stranger.organizationId],
				manages: [elsewhere.id, stranger.organizationId],
				numbers: [theirs.id]
			}),
			persona('a removed member', removed, {
				organizations: [removed.organizationId],
				manages: [removed.organizationId]
			}),
			persona('a signed-out session', signedOut),
			persona('a session past its 30 days', expired)
		],
		things: {
			...kept,
			organization_id: organization.id,
			phone_number_id: restricted.id,
			user_id: owner.userId,
			author_id: owner.userId,
			slug: organization.slug,
			username: owner.username,
			body,
			recipient: '+14155550199',
			capability: 'audit:read',
			session_id: owner.sessionId,
			line_id: line!.id,
			topic: `number:${restricted.id}`,
			seen_seq: 9,
			segments: 1,
			seq: 1
		}
	};
}

/** One of everything that belongs to a number. */
async function fillNumber(
	tx: TransactionSql,
	organization_id: string,
	phone_number_id: string,
	author: Person,
	text: string
) {
	const idempotency_key = `key-${phone_number_id}`;
	const [row] = await tx<{ conversation_id: string; contact_id: string }[]>`
		with opened as (select private.open_conversation(${organization_id}, ${phone_number_id}, '+14155550198') as id)
		select o.id as conversation_id, c.contact_id from opened o left join public.conversations c on c.id = o.id`;
	const { conversation_id } = row!;
	const [message] = await tx<{ id: string }[]>`
		insert into public.messages (conversation_id, direction, status, body, author_id, idempotency_key)
		values (${conversation_id}, 'outbound', 'queued', ${text}, ${author.userId}, ${idempotency_key})
		returning id`;
	await tx`
		insert into public.conversation_reads (conversation_id, user_id, organization_id, phone_number_id, last_read_seq)
		values (${conversation_id}, ${author.userId}, ${organization_id}, ${phone_number_id}, 1)`;
	await tx`
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
		values (${organization_id}, ${phone_number_id}, '+14155550197', 'keyword')`;
	return { conversation_id, message_id: message!.id, idempotency_key };
}

/** A team conversation with one text, among these people. */
async function fillTeam(tx: TransactionSql, organizationId: string, people: Person[]): Promise<string> {
	const [team] = await tx<{ id: string }[]>`
		insert into public.conversations (organization_id) values (${organizationId}) returning id`;
	for (const person of people) {
		await tx`
			insert into public.conversation_participants (conversation_id, organization_id, user_id)
			values (${team!.id}, ${organizationId}, ${person.userId})`;
		await tx`
			insert into public.conversation_reads (conversation_id, user_id, organization_id, last_read_seq)
			values (${team!.id}, ${person.userId}, ${organizationId}, 0)`;
	}
	await tx`insert into public.messages (conversation_id, direction, status, body) values (${team!.id}, 'outbound', 'sent', ${body})`;
	return team!.id;
}
