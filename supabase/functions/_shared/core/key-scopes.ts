import type { Capability } from './capabilities.ts';

/**
 * What an API key may be allowed: `resource:read` to see it, `resource:write` to act, and the capability of verbs that a scope
 * stands for. The database holds the same table (private.key_scopes) and decides; a test compares them.
 */
export const keyScopes = {
	'messages:read': { capability: 'messages:read', says: 'Read texts and which files came with them' },
	'messages:write': { capability: 'messages:send', says: 'Send and schedule texts, and ask beforehand what one costs' },
	'conversations:read': { capability: null, says: 'Read conversations and their labels' },
	'conversations:write': {
		capability: 'conversations:update',
		says: 'Assign, snooze, label and archive conversations, and keep the labels'
	},
	'contacts:read': { capability: null, says: 'Read contacts' },
	'contacts:write': { capability: 'contacts:update', says: 'Add, name, merge and block contacts' },
	'opt_outs:read': { capability: null, says: 'Read who may not be texted' },
	'opt_outs:write': { capability: 'opt_outs:update', says: 'Say who may not be texted' },
	'numbers:read': { capability: 'numbers:read', says: 'Read the numbers, and look for new ones' },
	'numbers:write': { capability: 'numbers:assign', says: 'Give numbers a label and a colour' },
	'number_orders:write': {
		capability: 'numbers:buy',
		says: 'Buy, renew and give back numbers, with the wallet’s money'
	},
	'verifications:read': { capability: null, says: 'Read requests for codes, and the codes' },
	'verifications:write': { capability: 'verifications:request', says: 'Ask for codes' },
	'usage:read': { capability: 'billing:read', says: 'Read how much is used, and what it costs' },
	'webhooks:read': { capability: null, says: 'Read which addresses are told of events, and what became of it' },
	'webhooks:write': {
		capability: 'webhooks:write',
		says: 'Say which addresses are told of the events that this key may read'
	}
} as const satisfies Readonly<Record<string, { capability: Capability | null; says: string }>>;

export type KeyScope = keyof typeof keyScopes;

/** In the order in which they are offered. */
export const scopeNames = Object.keys(keyScopes) as KeyScope[];

const reading = scopeNames.filter((name) => name.endsWith(':read'));

/** What most keys are for. */
export const keyPresets: readonly { name: string; label: string; scopes: readonly KeyScope[] }[] = [
	{ name: 'send', label: 'Send only', scopes: ['messages:write'] },
	{ name: 'read', label: 'Read only', scopes: reading },
	{ name: 'codes', label: 'Codes for CI', scopes: ['verifications:read', 'verifications:write'] }
];

/** For how long a rotated key goes on beside the one that replaces it, in seconds. */
export const overlaps = [
	{ seconds: 0, label: 'Not at all' },
	{ seconds: 3_600, label: '1 hour' },
	{ seconds: 86_400, label: '24 hours' },
	{ seconds: 604_800, label: '7 days' }
] as const;
