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
	const [row] = await tx<{ conversation_id: string }[]>`
		select private.open_conversation(${organization_id}, ${phone_number_id}, '+14155550198') as conversation_id`;
	const { conversation_id } = row!;
	const [contact] = await tx<{ contact_id: string }[]>`
		select contact_id from public.conversations where id = ${conversation_id}`;
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
	const [attachment] = await tx<{ id: string }[]>`
		insert into public.attachments (organization_id, phone_number_id, conversation_id, message_id, uploader_id, name, type, size,
			status, uploaded_at)
		values (${organization_id}, ${phone_number_id}, ${conversation_id}, ${message!.id}, ${author.userId}, 'door.png', 'image/png',
			70, 'ready', now())
		returning id`;
	const [label] = await tx<{ id: string }[]>`
		insert into public.labels (organization_id, name) values (${organization_id}, ${phone_number_id})
		returning id`;
	await tx`
		insert into public.drafts (conversation_id, user_id, organization_id, body)
		values (${conversation_id}, ${author.userId}, ${organization_id}, ${text})`;
	const [later] = await tx<{ id: string }[]>`
		insert into public.scheduled_messages (organization_id, phone_number_id, conversation_id, author_id, body, send_at, time_zone,
			idempotency_key)
		values (${organization_id}, ${phone_number_id}, ${conversation_id}, ${author.userId}, ${text}, now() + interval '1 day', 'UTC',
			${idempotency_key})
		returning id`;
	const [template] = await tx<{ id: string }[]>`
		insert into public.templates (organization_id, name, body)
		values (${organization_id}, ${`Of ${phone_number_id}`}, 'Hello {{contact.name}}')
		returning id`;
	await tx`update public.organizations set allowed_use_confirmed_at = now() where id = ${organization_id}`;
	const [verification] = await tx<{ id: string }[]>`
		insert into public.verifications (organization_id, phone_number_id, service_id, service_name, requested_by, ttl_seconds,
			idempotency_key, expires_at)
		values (${organization_id}, ${phone_number_id}, 'google', 'Google', ${author.userId}, 600, ${idempotency_key},
			now() + interval '10 minutes')
		returning id`;
	const [code] = await tx<{ id: string }[]>`
		insert into public.message_codes (organization_id, phone_number_id, conversation_id, message_id, code, from_place, to_place,
			score, reasons, verification_id, kept_until)
		values (${organization_id}, ${phone_number_id}, ${conversation_id}, ${message!.id}, '482910', 0, 6, 0.9, '{}',
			${verification!.id}, now() + interval '90 days')
		returning id`;
	await tx`
		insert into public.saved_views (organization_id, user_id, name, query)
		values (${organization_id}, ${author.userId}, ${phone_number_id}, ${`number=${phone_number_id}`})`;
	const [rule] = await tx<{ id: string }[]>`
		insert into public.code_rules (organization_id, verdict, before, after)
		values (${organization_id}, 'code', ${`door of ${phone_number_id} `.slice(0, 100)}, '')
		returning id`;
	const [asked] = await tx<{ id: string }[]>`
		insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, written_rows, written_parts,
			cursor_id, finished_at)
		values (${organization_id}, ${author.userId}, 'csv', '{}', 1, 1, 1, ${verification!.id}, now())
		returning id`;
	await tx`
		insert into public.verification_export_parts (export_id, part, organization_id, user_id, path, row_count, byte_count,
			phone_number_ids, foreign_codes)
		values (${asked!.id}, 1, ${organization_id}, ${author.userId}, ${`${organization_id}/${asked!.id}/1-1`}, 1, 70,
			${[phone_number_id]}, true)`;
	return {
		rule_id: rule!.id,
		verification_id: verification!.id,
		export_id: asked!.id,
		code_id: code!.id,
		conversation_id,
		...contact!,
		message_id: message!.id,
		idempotency_key,
		attachment_id: attachment!.id,
		label_id: label!.id,
		scheduled_id: later!.id,
		template_id: template!.id
	};
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

/** Some money, part of it set aside, and a text that was paid. */
export async function fillWallet(tx: TransactionSql, organizationId: string): Promise<void> {
	await tx`
		select private.transfer(${organizationId}, array[row('payments', -1000000), row('wallet', 1000000)]::private.ledger_leg[],
			'top_up', ${`fill-${organizationId}`})`;
	await tx`
		select private.place_hold(${organizationId}, 8300, 'text', 'message', ${organizationId}, ${`fill-${organizationId}`}, 600)`;
	await tx`
		insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments,
			month, shortfall_micros)
		select gen_random_uuid(), ${organizationId}, gen_random_uuid(), 'outbound', 'sms', (private.price_for('+14155550198', 'outbound', 'sms')).id,
			10000, 1, '2026-11-01', 1`;
}

/** A number that it ordered and did not get. */
export async function fillOrders(tx: TransactionSql, organizationId: string, { userId }: Person): Promise<void> {
	await tx`
		insert into public.number_orders (organization_id, ordered_by, idempotency_key, e164, label, country_code, kind, capabilities,
			cost_micros, monthly_micros, setup_micros, status, ended_at, reason)
		values (${organizationId}, ${userId}, 'a key', '+14155650198', 'Front desk', 'US', 'local', '{sms}', 1150000, 1150000, 0,
			'released', now(), 'number_sold')`;
	await tx`
		insert into public.number_prices (country_code, kind, cost_micros, monthly_micros, valid_from)
		values ('US', 'toll_free', 2150000, 2150000, '2026-01-01') on conflict do nothing`;
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
