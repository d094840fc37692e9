/** What the catalog says about the walls between organizations, and about secrets and the book. None is good. */
import type { TransactionSql } from 'postgres';
import { capabilities, roles, can, type Capability } from '#core/capabilities.ts';
import { attempt, prepareAttempts } from './attempts.ts';

/** Unique for the whole world on purpose: whoever takes one learns that it is taken, in a sentence. Or nobody can try. */
const uniqueEverywhere: Record<string, string> = {
	profiles_username_key: 'one name space of handles; username_available says the same, counted',
	organizations_slug_key: 'addresses of pages; slug_available says the same, counted',
	phone_numbers_owned_once: 'a number exists once in the world',
	messages_carrier_once: 'names that the carrier gives',
	prices_prefix_direction_kind_valid_from_key: 'a list of the platform, the same for everybody',
	plans_pkey: 'a list of the platform, the same for everybody',
	plans_place_key: 'a list of the platform, the same for everybody',
	api_keys_public_id: 'drawn by chance from 62^8; a collision is refused without a reason',
	billing_customers_provider_id_key: 'names that the payment provider gives',
	subscriptions_provider_id_key: 'names that the payment provider gives',
	invoices_provider_id_key: 'names that the payment provider gives',
	number_prices_country_code_kind_valid_from_key: 'a list of the platform, the same for everybody',
	services_pkey: 'a list of the platform, the same for everybody',
	uploads_bucket_id_path_key: 'a path begins with the id of whose it is',
	profiles_avatar_path: 'a path begins with the id of whose it is',
	organizations_logo_path: 'a path begins with the id of whose it is'
};

/** References by id alone, where the row's organization is not anybody's to say. */
const takenFromParent: Record<string, string> = {
	draft_marks_conversation_id_fkey: 'the verb takes the organization of the conversation',
	drafts_conversation_id_fkey: 'the verb takes the organization of the conversation',
	scheduled_messages_conversation_id_fkey: 'the verb takes the organization of the conversation',
	scheduled_messages_message_id_fkey: 'the message is made from the schedule, in its conversation',
	webhook_deliveries_event_id_fkey: 'one function writes an event and its deliveries',
	invitation_letters_invitation_id_fkey: 'the verb takes the organization of the invitation',
	ledger_entries_account_id_fkey: 'a trigger refuses a leg that is not of its account’s organization',
	ledger_entries_transfer_id_fkey: 'a trigger refuses a leg in the account of another organization than its transfer’s',
	messages_conversation_id_fkey: 'a trigger gives a text its conversation’s organization',
	message_codes_conversation_id_fkey: 'a code takes the organization of its text',
	message_codes_message_id_fkey: 'a code takes the organization of its text',
	attachments_conversation_id_fkey: 'the verb takes the organization of the conversation',
	attachments_message_id_fkey: 'the verb takes texts of the same conversation',
	conversation_participants_conversation_id_fkey: 'the verb takes the organization of the conversation',
	notes_conversation_id_fkey: 'a trigger gives a note its conversation’s organization',
	notifications_conversation_id_fkey: 'triggers and one function take the organization of the conversation',
	notifications_message_id_fkey: 'triggers and one function take the organization of the conversation',
	notifications_note_id_fkey: 'triggers and one function take the organization of the conversation',
	conversation_followers_conversation_id_fkey: 'the verb takes the organization of the conversation',
	conversation_reads_conversation_id_fkey: 'the verb takes the organization of the conversation'
};

/** Columns that people can select and that hold what nobody reads. A hash, too, is guessed at leisure. */
export async function readableSecrets(tx: TransactionSql): Promise<string[]> {
	const rows = await tx<{ finding: string }[]>`
		select format('people can select %s.%s, which looks like a secret', c.oid::regclass, a.attname) as finding
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		where c.relnamespace::regnamespace::text in ('public', 'api') and c.relkind in ('r', 'p', 'v', 'm', 'f')
			and (a.atttypid = 'bytea'::regtype or a.attname ~ '(hash|token|secret|password|salt|credential)')
			and (has_column_privilege('authenticated', c.oid, a.attnum, 'select')
				or has_column_privilege('anon', c.oid, a.attnum, 'select'))
		order by 1`;
	return rows.map((row) => row.finding);
}

/** A unique index without the organization (or an id that belongs to one) tells whoever inserts what exists elsewhere. */
export async function uniquesAcrossOrganizations(tx: TransactionSql): Promise<string[]> {
	const rows = await tx<{ finding: string }[]>`
		select format('%s on %s is unique across organizations', i.relname, x.indrelid::regclass) as finding
		from pg_index x
		join pg_class i on i.oid = x.indexrelid
		where i.relnamespace = 'public'::regnamespace and x.indisunique and i.relname <> all (${Object.keys(uniqueEverywhere)})
			and not exists (
				select from pg_attribute a
				where a.attrelid = x.indrelid and a.attnum = any (x.indkey) and a.atttypid = 'uuid'::regtype)
		order by 1`;
	return rows.map((row) => row.finding);
}

/** A reference from one organization's row to another's: the key has to hold the organization on both sides. */
export async function referencesAcrossOrganizations(tx: TransactionSql): Promise<string[]> {
	const rows = await references(tx);
	return rows
		.filter(({ conname, guarded }) => !guarded && !(conname in takenFromParent))
		.map(({ child, parent, conname }) => `${child} may point into another organization's ${parent} (${conname})`);
}

/** Rows, of whoever made any here, that do point into another organization. */
export async function rowsAcrossOrganizations(tx: TransactionSql): Promise<string[]> {
	const found: string[] = [];
	for (const { child, parent, column, key } of (await references(tx)).filter(({ guarded }) => !guarded)) {
		const [row] = await tx.unsafe<{ count: string }[]>(`
			select count(*) from ${child} c join ${parent} p on p.${key} = c.${column}
			where c.organization_id <> p.organization_id`);
		if (row?.count !== '0') found.push(`${row?.count} rows of ${child} point into another organization's ${parent}`);
	}
	return found;
}

type Reference = { conname: string; child: string; parent: string; column: string; key: string; guarded: boolean };

/** Foreign keys between tables that both say whose their rows are. */
async function references(tx: TransactionSql): Promise<Reference[]> {
	return tx<Reference[]>`
		select c.conname, c.conrelid::regclass::text as child, c.confrelid::regclass::text as parent,
			(select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) as column,
			(select attname from pg_attribute where attrelid = c.confrelid and attnum = c.confkey[1]) as key,
			o.attnum = any (c.conkey) and p.attnum = any (c.confkey) as guarded
		from pg_constraint c
		join pg_attribute o on o.attrelid = c.conrelid and o.attname = 'organization_id'
		join pg_attribute p on p.attrelid = c.confrelid and p.attname = 'organization_id'
		where c.contype = 'f' and c.connamespace::regnamespace::text in ('public', 'private')
		order by 2, 1`;
}

/** The database's table of who may do what, where it differs from the one in core that pages and docs show. */
export async function wrongCapabilities(tx: TransactionSql): Promise<string[]> {
	const rows = await tx<{ line: string }[]>`select format('%s %s', role, capability) as line from private.capabilities`;
	const here = new Set(rows.map(({ line }) => line));
	const inCore = (Object.keys(capabilities) as Capability[]).flatMap((capability) =>
		roles.filter((role) => can(role, capability)).map((role) => `${role} ${capability}`)
	);
	return [
		...[...here].filter((line) => !inCore.includes(line)).map((line) => `only the database says: ${line}`),
		...inCore.filter((line) => !here.has(line)).map((line) => `only core says: ${line}`)
	];
}

/** Ways in which even the tables' owner, for whom no policy and no grant counts, could rewrite the book. */
export async function changeableBook(tx: TransactionSql): Promise<string[]> {
	await prepareAttempts(tx);
	await tx`
		insert into public.audit_log (organization_id, actor_kind, verb, object_kind)
		select id, 'platform', 'organization.resumed', 'organization' from public.organizations limit 1`;
	const found: string[] = [];
	for (const replication of ['origin', 'replica']) {
		await tx`select set_config('session_replication_role', ${replication}, true)`;
		const answers = await attempt(tx, { role: 'none', claims: null }, [
			`update public.audit_log set verb = 'nothing.happened'`,
			'delete from public.audit_log',
			'truncate public.audit_log'
		]);
		for (const { statement, refused } of answers) if (refused === null) found.push(`somebody can ${statement}`);
	}
	await tx`select set_config('session_replication_role', 'origin', true)`;
	return found;
}

export const tenantFindings = {
	readableSecrets,
	uniquesAcrossOrganizations,
	referencesAcrossOrganizations,
	rowsAcrossOrganizations,
	wrongCapabilities,
	changeableBook
};
