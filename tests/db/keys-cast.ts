/** API keys in the small world: who looks by one, what each may, and what is there for keys at all. */
import type { TransactionSql } from 'postgres';
import { scopeNames, type KeyScope } from '#core/key-scopes.ts';
import type { World } from './world.ts';

/** What keys may select, and the scopes that open it: one of them is enough. Without any, nothing is in it for a key. */
export const keyRelations: Readonly<Record<string, readonly KeyScope[]>> = {
	'public.messages': ['messages:read'],
	'api.messages': ['messages:read'],
	'public.attachments': ['messages:read'],
	'api.attachments': ['messages:read'],
	'public.conversations': ['conversations:read'],
	'api.conversations': ['conversations:read'],
	'public.labels': ['conversations:read'],
	'api.labels': ['conversations:read'],
	'public.contacts': ['contacts:read'],
	'api.contacts': ['contacts:read'],
	'public.opt_outs': ['opt_outs:read'],
	'api.opt_outs': ['opt_outs:read'],
	'public.verifications': ['verifications:read'],
	'api.verifications': ['verifications:read'],
	'public.scheduled_messages': ['messages:read'],
	'api.scheduled_messages': ['messages:read'],
	'public.number_orders': ['numbers:read', 'number_orders:write'],
	'api.number_orders': ['numbers:read', 'number_orders:write'],
	'api.owned_numbers': scopeNames.filter((name) => !/^(contacts|usage|webhooks|conversations:write)/.test(name)),
	'public.services': ['verifications:read', 'verifications:write'],
	'api.services': ['verifications:read', 'verifications:write'],
	'public.phone_numbers': scopeNames.filter((name) => !/^(contacts|usage|webhooks|conversations:write)/.test(name)),
	'api.phone_numbers': scopeNames.filter((name) => !/^(contacts|usage|webhooks|conversations:write)/.test(name)),
	'public.segment_allowances': ['usage:read'],
	'api.segment_allowances': ['usage:read'],
	'public.webhook_endpoints': ['webhooks:read'],
	'api.webhook_endpoints': ['webhooks:read'],
	'public.webhook_deliveries': ['webhooks:read'],
	'api.webhook_deliveries': ['webhooks:read'],
	'public.webhook_attempts': ['webhooks:read'],
	'api.webhook_attempts': ['webhooks:read'],
	'public.conversation_participants': [],
	'public.conversation_reads': [],
	'public.profiles': [],
	'public.default_numbers': []
};

/** The verbs that keys may call, and the scope that each asks for; of several, one is enough. */
export const keyVerbs: Readonly<Record<string, KeyScope | readonly KeyScope[]>> = {
	send_message: 'messages:write',
	preflight_message: 'messages:write',
	schedule_message: 'messages:write',
	update_scheduled_message: 'messages:write',
	cancel_scheduled_message: 'messages:write',
	unsend_message: 'messages:write',
	begin_attachment: 'messages:write',
	finish_attachment: 'messages:write',
	remove_attachment: 'messages:write',
	retry_attachment: 'messages:write',
	conversation_numbers: ['messages:read', 'messages:write', 'conversations:read'],
	archive_conversations: 'conversations:write',
	restore_conversations: 'conversations:write',
	snooze_conversations: 'conversations:write',
	assign_conversations: 'conversations:write',
	set_labels: 'conversations:write',
	create_label: 'conversations:write',
	change_label: 'conversations:write',
	delete_label: 'conversations:write',
	create_contact: 'contacts:write',
	update_contact: 'contacts:write',
	merge_contacts: 'contacts:write',
	split_contact: 'contacts:write',
	block_contact: 'contacts:write',
	unblock_contact: 'contacts:write',
	import_contacts: 'contacts:write',
	set_opt_out: 'opt_outs:write',
	lift_opt_out: 'opt_outs:write',
	import_opt_outs: 'opt_outs:write',
	number_terms: 'numbers:read',
	update_number: 'numbers:write',
	order_number: 'number_orders:write',
	renew_number: 'number_orders:write',
	set_auto_renew: 'number_orders:write',
	cancel_number: 'number_orders:write',
	keep_number: 'number_orders:write',
	usage: 'usage:read',
	request_verification: 'verifications:write',
	cancel_verification: 'verifications:write',
	complete_verification: 'verifications:write',
	create_webhook_endpoint: 'webhooks:write',
	update_webhook_endpoint: 'webhooks:write',
	disable_webhook_endpoint: 'webhooks:write',
	enable_webhook_endpoint: 'webhooks:write',
	delete_webhook_endpoint: 'webhooks:write',
	rotate_webhook_secret: 'webhooks:write',
	send_test_event: 'webhooks:write',
	replay_webhook_delivery: 'webhooks:write',
	replay_webhook_deliveries: 'webhooks:write'
};

/** What of private the policies and views for keys call. */
export const keyHelpers = [
	'key_organization_ids(text[])',
	'key_phone_number_ids(text[])',
	'key_is_test()',
	'my_key_id()',
	'may_attach(text)',
	'key_open_organization_ids()',
	'my_code_organization_ids()',
	'fold(text)',
	'describe_my_key()'
];

/** Verbs that only keys may call, whatever their scopes. */
export const keysOnly = ['my_key'];

/** A key that looks, and what the rules let it see: nothing, where it is over. */
export type KeyPersona = {
	name: string;
	role: 'api_key';
	claims: Record<string, unknown>;
	alive: boolean;
	organizationId: string;
	scopes: readonly KeyScope[];
	numbers: string[];
	/** for all numbers, also those that are still to come */
	open: boolean;
};

type Part = {
	name: string;
	place?: 'ours' | 'elsewhere' | 'held';
	scopes?: readonly KeyScope[];
	/** limited to the open number, or to the restricted one */
	number?: 'open' | 'restricted';
	address?: string;
	over?: 'revoked_at' | 'expires_at';
};

const reading = scopeNames.filter((name) => name.endsWith(':read'));

const parts: readonly Part[] = [
	{ name: 'a key for everything' },
	{ name: 'a key that only reads', scopes: reading },
	{ name: 'a key for one number', number: 'open' },
	{ name: 'a key that only sends', scopes: ['messages:write'], number: 'restricted' },
	{ name: 'a key that only keeps contacts', scopes: ['contacts:write'] },
	{ name: 'a revoked key', over: 'revoked_at' },
	{ name: 'an expired key', over: 'expires_at' },
	{ name: 'a key used from where it may not', address: '198.51.100.7' },
	{ name: 'a key of another organization', place: 'elsewhere' },
	{ name: 'a key of a suspended organization', place: 'held' }
];

/** Makes a key of each kind; `tx` is the superuser's. */
export async function createKeys(tx: TransactionSql, { things, heldThings, personas }: World): Promise<KeyPersona[]> {
	const elsewhere = personas.find(({ part }) => part.place === 'elsewhere')!.organizations[0]!;
	const places = {
		ours: String(things.organization_id),
		held: String(heldThings.organization_id),
		elsewhere
	};
	return Promise.all(
		parts.map(async ({ name, place = 'ours', scopes = scopeNames, number, address = '203.0.113.7', over }) => {
			const organizationId = places[place];
			const all = await tx<{ id: string; restricted: boolean }[]>`
				select id, restricted_at is not null as restricted from public.phone_numbers where organization_id = ${organizationId}`;
			const numbers = all
				.filter(({ restricted }) => !number || restricted === (number === 'restricted'))
				.map(({ id }) => id);
			const id = await keepKey(tx, organizationId, { name, scopes, numbers: number ? numbers : null });
			if (over) await tx`update public.api_keys set ${tx(over)} = now() - interval '1 second' where id = ${id}`;
			return {
				name,
				role: 'api_key' as const,
				claims: { role: 'api_key', key_id: id, address },
				alive: !over && place !== 'held' && address === '203.0.113.7',
				organizationId,
				scopes,
				numbers,
				open: !number
			};
		})
	);
}

/** A key of an organization, for use from 203.0.113.0/24; nobody knows what it is made of. */
export async function keepKey(
	tx: TransactionSql,
	organizationId: string,
	{ name, scopes, numbers }: { name: string; scopes: readonly string[]; numbers: string[] | null }
): Promise<string> {
	const [key] = await tx<{ id: string }[]>`
		insert into public.api_keys (organization_id, name, mode, public_id, scopes, phone_number_ids, allowed_from)
		values (${organizationId}, ${name}, 'live', left(md5(random()::text), 8), ${[...scopes]}, ${numbers}, '{203.0.113.0/24}')
		returning id`;
	await tx`insert into private.api_key_secrets (key_id, hash) values (${key!.id}, sha256(${key!.id}::text::bytea))`;
	return key!.id;
}
