import type { KeyScope } from '../_shared/core/key-scopes.ts';

/** The views that keys may read, and the scope that shows their rows. */
const views: Readonly<Record<string, KeyScope>> = {
	messages: 'messages:read',
	attachments: 'messages:read',
	scheduled_messages: 'messages:read',
	conversations: 'conversations:read',
	labels: 'conversations:read',
	contacts: 'contacts:read',
	opt_outs: 'opt_outs:read',
	phone_numbers: 'numbers:read',
	owned_numbers: 'numbers:read',
	number_orders: 'numbers:read',
	verifications: 'verifications:read',
	services: 'verifications:read',
	segment_allowances: 'usage:read',
	webhook_endpoints: 'webhooks:read',
	webhook_deliveries: 'webhooks:read',
	webhook_attempts: 'webhooks:read'
};

/** The verbs that keys may call, and the scope that each asks for; null: any key may. */
const verbs: Readonly<Record<string, KeyScope | null>> = {
	my_key: null,
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
	conversation_numbers: 'messages:read',
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
	block_contact: 'contacts:write',
	unblock_contact: 'contacts:write',
	merge_contacts: 'contacts:write',
	split_contact: 'contacts:write',
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
	request_verification: 'verifications:write',
	cancel_verification: 'verifications:write',
	complete_verification: 'verifications:write',
	usage: 'usage:read',
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

/** What keys reach through the Data API, by its names there. */
export const reachable = { views: Object.keys(views), verbs: Object.keys(verbs) };

/**
 * The scopes that a request to the Data API makes use of, as its address (`/rest/v1/messages`, `/rest/v1/rpc/send_message`)
 * and its `select` say it: embedded rows need theirs. Of names that no key reaches, none.
 */
export function neededScopes(pathname: string, select: string | null): KeyScope[] {
	const [, verb, view] = /\/rest\/v1\/(?:rpc\/([a-z_]+)|([a-z_]+))$/.exec(pathname) ?? [];
	const embedded = [...(select ?? '').matchAll(/([a-z_]+)(?:![a-z_]+)*\(/g)].map(([, name = '']) => views[name]);
	const first = verb === undefined ? views[view ?? ''] : verbs[verb];
	return [...new Set([first, ...embedded].filter((scope) => scope !== undefined && scope !== null))];
}
