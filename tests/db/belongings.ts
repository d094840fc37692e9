/** What an organization of the small world has: one row of everything there is to see. */
import { randomBytes } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import type { Person } from '../support/people.ts';

/** One of everything that belongs to a number. */
export async function fillNumber(
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
		insert into public.conversation_reads (conversation_id, user_id, organization_id, last_read_seq)
		values (${conversation_id}, ${author.userId}, ${organization_id}, 1)`;
	await tx`
		insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
		values (${organization_id}, ${phone_number_id}, '+14155550197', 'keyword')`;
	return { conversation_id, message_id: message!.id, idempotency_key };
}

/** A team conversation with one text, among these people. */
export async function fillTeam(
	tx: TransactionSql,
	organizationId: string,
	people: Person[],
	text: string
): Promise<string> {
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
	await tx`insert into public.messages (conversation_id, direction, status, body) values (${team!.id}, 'outbound', 'sent', ${text})`;
	return team!.id;
}

/** An open invitation, and the link of one that was revoked: whoever has a link may see what it is about. */
export async function inviteSomebody(tx: TransactionSql, organization_id: string, { userId }: Person) {
	const [open] = await tx<{ id: string }[]>`
		insert into public.invitations (organization_id, email, role, invited_by)
		values (${organization_id}, 'open@else.example', 'member', ${userId}) returning id`;
	const token = randomBytes(32).toString('base64url');
	await tx`
		with invited as (
			insert into public.invitations (organization_id, email, role, invited_by, revoked_at)
			values (${organization_id}, 'revoked@else.example', 'member', ${userId}, now()) returning id
		), letter as (
			insert into private.invitation_letters (invitation_id, organization_id, sent_by)
			select id, ${organization_id}, ${userId} from invited returning id
		)
		insert into private.invitation_tokens (token_hash, letter_id) select private.token_key(${token}), id from letter`;
	return { invitation_id: open!.id, token, email: 'somebody@else.example' };
}

/** The first line of its book. */
export async function writeDown(tx: TransactionSql, organizationId: string, { userId }: Person): Promise<void> {
	await tx`
		insert into public.audit_log (organization_id, actor_kind, actor_id, verb, object_kind, after)
		values (${organizationId}, 'person', ${userId}, 'member.invited', 'invitation', ${tx.json({ email: 'invited@else.example' })})`;
}

/** A file of Storage: whose face it is, or whose logo, and whether the worker has looked at it yet. */
export type Picture = {
	bucket: 'avatars' | 'logos';
	path: string;
	organizationId: string;
	userId: string;
	shown: boolean;
};

/** Somebody's avatar and an organization's logo: of each one that is shown, and one that waits to be looked at. */
export async function putUpPictures(
	tx: TransactionSql,
	organizationId: string,
	{ userId }: Person
): Promise<Picture[]> {
	const picture = (bucket: Picture['bucket'], shown: boolean): Picture => {
		const folder = bucket === 'avatars' ? userId : organizationId;
		return { bucket, path: `${folder}/${crypto.randomUUID()}`, organizationId, userId, shown };
	};
	const pictures = [
		picture('avatars', true),
		picture('avatars', false),
		picture('logos', true),
		picture('logos', false)
	];
	for (const { bucket, path, shown } of pictures) {
		await tx`insert into storage.objects (bucket_id, name, owner_id) values (${bucket}, ${path}, ${userId})`;
		if (!shown) {
			await tx`
				insert into public.uploads (bucket_id, user_id, organization_id, path)
				values (${bucket}, ${userId}, ${bucket === 'logos' ? organizationId : null}, ${path})`;
		} else if (bucket === 'avatars') {
			await tx`update public.profiles set avatar_path = ${path} where id = ${userId}`;
		} else {
			await tx`update public.organizations set logo_path = ${path} where id = ${organizationId}`;
		}
	}
	return pictures;
}
