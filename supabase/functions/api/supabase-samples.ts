/** What `supabase-js` asks in the place of an endpoint, where one read of a view or one verb does the same. */
import { asWritten } from './as-written.ts';

type Read = { view: string; columns?: string; calls: readonly string[] };
/** `names`: what arguments are given by, as it is written. `args`: the others; where they are not said, the example's body. */
type Verb = { verb: string; names?: Readonly<Record<string, string>>; args?: object };

const page = (view: string, ...filters: string[]): Read => ({
	view,
	calls: [...filters, "order('id', { ascending: false })", 'limit(50)']
});
const one = (view: string, columns?: string): Read => ({
	view,
	...(columns && { columns }),
	calls: ["eq('id', id)", 'single()']
});
const ofId = (verb: string, name: string): Verb => ({ verb, names: { [name]: 'id' } });
const ofOrganization = (verb: string, args?: object): Verb => ({
	verb,
	names: { organization_id: 'organizationId' },
	...(args && { args })
});

const text = { recipient: '+14155550123', body: 'Your table is ready.' };
const from = { phone_number_id: 'phoneNumberId' };
const between = { ...from, contact_number: 'contactNumber' };

/** By the id of the operation; what is not here has none. A test runs each of them. */
const equivalents: Readonly<Record<string, Read | Verb>> = {
	getMe: { verb: 'my_key' },

	sendMessage: { verb: 'send_message', names: from, args: { ...text, idempotency_key: 'table-9-ready' } },
	preflightMessage: { verb: 'preflight_message', names: from, args: text },
	listMessages: page('messages'),
	getMessage: one('messages'),
	cancelMessage: ofId('unsend_message', 'message_id'),
	listScheduledMessages: page('scheduled_messages'),
	getScheduledMessage: one('scheduled_messages'),
	cancelScheduledMessage: ofId('cancel_scheduled_message', 'scheduled_id'),
	getAttachment: one('attachments'),
	retryAttachment: ofId('retry_attachment', 'attachment_id'),
	deleteAttachment: ofId('remove_attachment', 'attachment_id'),

	listConversations: {
		view: 'conversations',
		calls: [
			...["is('archived_at', null)", "is('snoozed', false)"],
			...["order('last_message_at', { ascending: false })", 'limit(50)']
		]
	},
	getConversation: one('conversations'),
	listConversationMessages: { view: 'messages', calls: ["eq('conversation_id', id)", "order('seq')", 'limit(50)'] },
	updateConversation: { verb: 'archive_conversations', names: { conversation_ids: '[id]' }, args: {} },
	listLabels: page('labels'),
	getLabel: one('labels'),
	createLabel: ofOrganization('create_label'),
	updateLabel: ofId('change_label', 'label_id'),
	deleteLabel: ofId('delete_label', 'label_id'),

	listContacts: page('contacts'),
	getContact: one('contacts'),
	createContact: ofOrganization('create_contact'),
	importContacts: ofOrganization('import_contacts', {
		rows: [{ phone_number: '+14155550123', name: 'Robin Vale' }],
		dry_run: true
	}),
	updateContact: ofId('update_contact', 'contact_id'),
	mergeContacts: { verb: 'merge_contacts', names: { into_id: 'id', ids: '[otherId]' } },
	splitContact: ofId('split_contact', 'contact_id'),
	blockContact: ofId('block_contact', 'contact_id'),
	unblockContact: ofId('unblock_contact', 'contact_id'),

	listOptOuts: { view: 'opt_outs', calls: ["order('opted_out_at', { ascending: false })", 'limit(50)'] },
	addOptOut: { verb: 'set_opt_out', names: between },
	liftOptOut: { verb: 'lift_opt_out', names: between },

	getNumberOrder: one('number_orders'),
	listNumbers: page('owned_numbers', "is('released_at', null)"),
	getNumber: one('owned_numbers'),
	updateNumber: ofId('update_number', 'phone_number_id'),
	releaseNumber: {
		verb: 'cancel_number',
		names: { phone_number_id: 'id', e164: 'e164' },
		args: { at_period_end: true }
	},
	renewNumber: ofId('renew_number', 'phone_number_id'),
	updateNumberRenewal: ofId('set_auto_renew', 'phone_number_id'),

	createVerification: ofOrganization('request_verification', {
		service_id: 'github',
		ttl_seconds: 120,
		idempotency_key: 'sign-up-17'
	}),
	listVerifications: page('verifications'),
	getVerification: one('verifications'),
	cancelVerification: ofId('cancel_verification', 'verification_id'),
	completeVerification: { verb: 'complete_verification', names: { verification_id: 'id', code: 'code' } },

	listWebhookEndpoints: page('webhook_endpoints'),
	getWebhookEndpoint: one('webhook_endpoints'),
	createWebhookEndpoint: ofOrganization('create_webhook_endpoint'),
	updateWebhookEndpoint: ofId('update_webhook_endpoint', 'endpoint_id'),
	deleteWebhookEndpoint: ofId('delete_webhook_endpoint', 'endpoint_id'),
	disableWebhookEndpoint: ofId('disable_webhook_endpoint', 'endpoint_id'),
	enableWebhookEndpoint: ofId('enable_webhook_endpoint', 'endpoint_id'),
	rotateWebhookSecret: ofId('rotate_webhook_secret', 'endpoint_id'),
	testWebhookEndpoint: ofId('send_test_event', 'endpoint_id'),
	replayWebhookEvents: ofId('replay_webhook_deliveries', 'endpoint_id'),
	listWebhookDeliveries: page('webhook_deliveries'),
	getWebhookDelivery: one('webhook_deliveries', '*, webhook_attempts(*)'),
	replayWebhookDelivery: ofId('replay_webhook_delivery', 'delivery_id'),

	getUsage: ofOrganization('usage', { since: '2026-11-01', until: '2026-11-30' })
};

/** The call as one writes it, or undefined where there is none. `body`: the example of the endpoint's own. */
export function supabaseSampleOf(operationId: string, body: object | undefined): string | undefined {
	const equivalent = equivalents[operationId];
	if (!equivalent) return undefined;
	const call = 'view' in equivalent ? readOf(equivalent) : verbOf(equivalent, body);
	return `const { data, error } = await api${call};\nif (error) throw error;`;
}

function readOf({ view, columns, calls }: Read): string {
	const select = columns === undefined ? 'select()' : `select('${columns}')`;
	return [`from('${view}')`, select, ...calls].map((each) => `\n\t.${each}`).join('');
}

function verbOf({ verb, names = {}, args: own }: Verb, body: object = {}): string {
	// what is between the signs is no text but a name; they stand first, and in the place of the example's
	const named = Object.fromEntries(Object.entries(names).map(([argument, name]) => [argument, `<${name}>`]));
	const args = { ...named, ...(own ?? body), ...named };
	if (Object.keys(args).length === 0) return `.rpc('${verb}')`;
	return `.rpc('${verb}', ${asWritten(args).replaceAll(/'<(.+?)>'/g, '$1')})`;
}
