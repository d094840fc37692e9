import { reasonOf } from './support-verbs.ts';
import type { Verb } from './verbs.ts';

const addressIn = ({ url }: Readonly<Record<string, unknown>>) =>
	typeof url === 'string' ? `the webhook to ${url}` : 'a webhook';

/** Deeds about webhooks, in words. */
export const webhookVerbs: Readonly<Record<string, Verb>> = {
	'webhook.created': {
		label: 'Webhook added',
		says: ({ actor, after }) => `${actor} added ${addressIn(after)}`,
		told: ['url']
	},
	'webhook.changed': {
		label: 'Webhook changed',
		says: ({ actor, before }) => `${actor} changed ${addressIn(before)}`
	},
	'webhook.enabled': {
		label: 'Webhook switched on',
		says: ({ actor, after }) => `${actor} switched ${addressIn(after)} on${reasonOf(after.reason)}`,
		told: ['url', 'reason']
	},
	'webhook.disabled': {
		label: 'Webhook switched off',
		says: ({ actor, before, after }) => `${actor} switched ${addressIn(before)} off${reasonOf(after.reason)}`,
		told: ['url', 'reason']
	},
	'webhook.retried': {
		label: 'Webhook tried at once',
		says: ({ actor, after }) => `${actor} had ${addressIn(after)} tried at once${reasonOf(after.reason)}`,
		told: ['url', 'count', 'reason']
	},
	'webhook.deleted': {
		label: 'Webhook deleted',
		says: ({ actor, before }) => `${actor} deleted ${addressIn(before)}`,
		told: ['url']
	},
	'webhook.rotated': {
		label: 'Webhook’s secret rotated',
		says: ({ actor, after }) => `${actor} rotated the secret of ${addressIn(after)}`,
		told: ['url']
	},
	'webhook.replayed': {
		label: 'Webhook’s events sent again',
		says: ({ actor, after }) =>
			`${actor} had ${Number(after.count).toLocaleString('en')} ${after.count === 1 ? 'event' : 'events'} sent again by ${addressIn(after)}`,
		told: ['url', 'count']
	}
};
