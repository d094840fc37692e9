import type { Verb } from './verbs.ts';

const count = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en') : 'more');

/** Deeds about how many requests the API takes, in words. */
export const limitVerbs: Readonly<Record<string, Verb>> = {
	'limits.doubled': {
		label: 'API limits doubled',
		says: ({ actor }) => `${actor} doubled the API’s limits for 24 hours`,
		told: ['until']
	},
	'limits.granted': {
		label: 'API limits raised',
		says: ({ actor, after }) =>
			`${actor} raised the API’s limits to ${count(after.requests_per_minute)} requests a minute`,
		told: ['requests_per_minute']
	},
	'limits.withdrawn': {
		label: 'API limits set back',
		says: ({ actor }) => `${actor} set the API’s limits back to the plan’s`,
		told: ['requests_per_minute', 'until']
	}
};
