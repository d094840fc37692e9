import { limitAmount, limitNames, ownLimitNames } from '#core/limits.ts';
import type { Verb } from './verbs.ts';

const amount = ({ limit, most }: Record<string, unknown>) => limitAmount(String(limit), Number(most ?? 0));
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
	'limit.set': {
		label: 'A limit of the plan set by the platform',
		says: ({ actor, after }) => {
			const what = limitNames[String(after.limit)] ?? 'a limit';
			return after.until
				? `${actor} set the limit of ${what} to ${amount(after)}`
				: `${actor} set the limit of ${what} back to ${amount(after)}, as the plan has it`;
		},
		told: ['limit', 'most']
	},
	'limits.cap_set': {
		label: 'A limit of one’s own set',
		says: ({ actor, after }) => {
			const what = ownLimitNames[String(after.limit)] ?? 'something';
			const end = after.stops === true ? 'stop there' : 'tell when it is reached';
			return after.most === null
				? `${actor} had texts stop where the plan’s segments end`
				: `${actor} set a limit of one’s own for ${what}: ${amount(after)}, and ${end}`;
		},
		told: ['limit', 'most', 'stops']
	},
	'limits.cap_removed': {
		label: 'A limit of one’s own removed',
		says: ({ actor, before }) =>
			`${actor} removed the own limit of ${ownLimitNames[String(before.limit)] ?? 'something'}`,
		told: ['limit', 'most']
	},
	'limits.withdrawn': {
		label: 'API limits set back',
		says: ({ actor }) => `${actor} set the API’s limits back to the plan’s`,
		told: ['requests_per_minute', 'until']
	}
};
