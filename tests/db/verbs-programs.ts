/** The table of verbs.ts: keys, webhooks and the book. */
import { idOf, organization, ownExport, text, type Verb } from './verb.ts';

export const programs: Record<string, Verb> = {
	// keys
	create_api_key: {
		who: 'keys:manage',
		fresh: true,
		writes: 'key.created',
		call: (things) =>
			`${organization(things)}, 'Another key', 'live', 'Zb3dEf9h', '${'cd'.repeat(32)}', '{messages:read}'`
	},
	list_tests: { who: 'keys:manage', call: organization },
	rename_api_key: {
		who: 'keys:manage',
		writes: 'key.renamed',
		call: ({ key_id }) => `${text(key_id)}, 'Another name'`
	},
	change_api_key: {
		who: 'keys:manage',
		fresh: true,
		writes: 'key.changed',
		call: ({ key_id }) => `${text(key_id)}, '{messages:read,usage:read}'`
	},
	rotate_api_key: {
		who: 'keys:manage',
		fresh: true,
		writes: 'key.rotated',
		call: ({ key_id }) => `${text(key_id)}, 'Zb3dEf9h', '${'cd'.repeat(32)}', 3600`
	},
	revoke_api_key: { who: 'keys:manage', writes: 'key.revoked', call: ({ key_id }) => text(key_id) },

	// webhooks
	create_webhook_endpoint: {
		who: 'webhooks:write',
		fresh: true,
		writes: 'webhook.created',
		call: (things) => `${organization(things)}, 'https://hooks.example/others', '{message.received}'`
	},
	update_webhook_endpoint: {
		who: 'webhooks:write',
		fresh: true,
		writes: 'webhook.changed',
		call: ({ endpoint_id }) => `${text(endpoint_id)}, 'https://hooks.example/others', '{message.received}'`
	},
	disable_webhook_endpoint: {
		who: 'webhooks:write',
		writes: 'webhook.disabled',
		call: ({ endpoint_id }) => text(endpoint_id)
	},
	enable_webhook_endpoint: {
		who: 'webhooks:write',
		writes: 'webhook.enabled',
		given: ({ endpoint_id }) =>
			`update public.webhook_endpoints set disabled_at = now(), disabled_reason = 'person' where id = ${text(endpoint_id)}`,
		call: ({ endpoint_id }) => text(endpoint_id)
	},
	delete_webhook_endpoint: {
		who: 'webhooks:write',
		writes: 'webhook.deleted',
		call: ({ endpoint_id }) => text(endpoint_id)
	},
	rotate_webhook_secret: {
		who: 'webhooks:write',
		fresh: true,
		writes: 'webhook.rotated',
		call: ({ endpoint_id }) => `${text(endpoint_id)}, 3600`
	},
	send_test_event: { who: 'webhooks:write', call: ({ endpoint_id }) => text(endpoint_id) },
	replay_webhook_delivery: {
		who: 'webhooks:write',
		writes: 'webhook.replayed',
		call: ({ delivery_id }) => text(delivery_id)
	},
	replay_webhook_deliveries: {
		who: 'webhooks:write',
		writes: 'webhook.replayed',
		call: ({ endpoint_id }) => text(endpoint_id)
	},
	webhook_delivery_payload: { who: 'webhooks:write', call: ({ delivery_id }) => text(delivery_id) },
	request_analytics: { who: 'keys:manage', call: organization },
	request_log: { who: 'keys:manage', call: organization },

	// the book
	statement: { who: 'billing:read', call: organization },
	statement_movements: { who: 'billing:read', call: organization },
	audit_people: { who: 'audit:read', call: organization },
	count_verification_export: { who: 'messages:read', call: organization },
	export_verifications: { who: 'messages:read', writes: 'verification.exported', call: organization },
	request_verification_export: {
		who: 'messages:read',
		writes: 'verification.exported',
		call: (things) => `${organization(things)}, 'csv'`
	},
	remove_verification_export: {
		who: 'messages:read',
		given: (things, persona) => `
			insert into public.verification_exports (id, organization_id, user_id, format, filters, total_rows, cursor_id)
			select '${ownExport}', m.organization_id, m.user_id, 'csv', '{}', 0, private.uuid_v7() from public.memberships m
			where m.organization_id = ${organization(things)} and m.user_id = ${text(idOf(persona))}`,
		call: () => text(ownExport)
	},
	export_audit_log: { who: 'audit:read', fresh: true, writes: 'audit.exported', call: organization }
};
