import type { Verb } from './verbs.ts';

const keyIn = ({ name }: Readonly<Record<string, unknown>>) =>
	typeof name === 'string' ? `the key “${name}”` : 'a key';

/** Deeds about API keys, in words. */
export const keyVerbs: Readonly<Record<string, Verb>> = {
	'key.created': {
		label: 'API key created',
		says: ({ actor, after }) => `${actor} created ${keyIn(after)}`,
		told: ['name']
	},
	'key.renamed': {
		label: 'API key renamed',
		says: ({ actor, before, after }) =>
			`${actor} renamed ${keyIn(before)}${typeof after.name === 'string' ? ` to “${after.name}”` : ''}`,
		told: ['name']
	},
	'key.changed': {
		label: 'API key changed',
		says: ({ actor, after }) => `${actor} changed what ${keyIn(after)} may do`,
		told: ['name']
	},
	'key.rotated': {
		label: 'API key rotated',
		says: ({ actor, after }) => `${actor} rotated ${keyIn(after)}`,
		told: ['name']
	},
	'key.revoked': {
		label: 'API key revoked',
		says: ({ actor, before }) => `${actor} revoked ${keyIn(before)}`,
		told: ['name']
	}
};
