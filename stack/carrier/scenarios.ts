/** Bad days with a name: faults by chance, drawn from a seed, so that a day can be had again. */
import { createHash } from 'node:crypto';
import type { Rule } from './faults.ts';

/** `numbers`: those of the account that it is about; null for all. */
export type Scenario = { name: string; seed: string; numbers: string[] | null; rules: readonly Rule[] };

const lossy: readonly Rule[] = [
	{ target: 'callbacks', kind: 'lose', chance: 0.1 },
	{ target: 'callbacks', kind: 'duplicate', copies: 2, chance: 0.1 },
	{ target: 'callbacks', kind: 'hang', ms: 1500, chance: 0.2 },
	{ target: 'callbacks', kind: 'cut_after', chance: 0.08 },
	{ target: 'callbacks', kind: 'status', status: 503, chance: 0.05 },
	{ target: 'inbound', kind: 'lose', chance: 0.06 },
	{ target: 'inbound', kind: 'duplicate', copies: 2, chance: 0.12 },
	{ target: 'inbound', kind: 'hang', ms: 1500, chance: 0.2 },
	{ target: 'inbound', kind: 'cut_after', chance: 0.1 },
	{ target: 'inbound', kind: 'status', status: 503, chance: 0.05 }
];

const overloaded: readonly Rule[] = [
	{ target: 'messages.create', kind: 'status', status: 429, code: 20429, chance: 0.06 },
	{ target: 'messages.create', kind: 'status', status: 500, code: 20500, chance: 0.04 },
	{ target: 'messages.create', kind: 'hang', ms: 3000, chance: 0.06 },
	{ target: 'messages.create', kind: 'hang', ms: 30_000, chance: 0.02 },
	{ target: 'messages.create', kind: 'cut_after', chance: 0.06 },
	{ target: 'messages.fetch', kind: 'status', status: 429, code: 20429, chance: 0.06 },
	{ target: 'messages.fetch', kind: 'status', status: 500, code: 20500, chance: 0.06 },
	{ target: 'messages.fetch', kind: 'hang', ms: 2000, chance: 0.06 },
	{ target: 'messages.list', kind: 'status', status: 429, code: 20429, chance: 0.06 },
	{ target: 'messages.list', kind: 'status', status: 500, code: 20500, chance: 0.06 },
	{ target: 'messages.list', kind: 'hang', ms: 2000, chance: 0.06 },
	{ target: 'messages.list', kind: 'cut_after', chance: 0.03 }
];

const refusing: readonly Rule[] = [
	{ target: 'messages.create', kind: 'status', status: 400, code: 21610, chance: 0.03 },
	{ target: 'outcomes', kind: 'outcome', status: 'undelivered', code: 30003, chance: 0.05 },
	{ target: 'outcomes', kind: 'outcome', status: 'undelivered', code: 30007, chance: 0.05 },
	{ target: 'outcomes', kind: 'outcome', status: 'undelivered', code: 30034, chance: 0.04 }
];

const redacting: readonly Rule[] = [{ target: 'codes', kind: 'redact', chance: 1 }];
const answering: readonly Rule[] = [{ target: 'keywords', kind: 'opt_out_type', chance: 1 }];

/** By name; `says` is for people. */
export const knownScenarios = {
	'worst-day': {
		says: 'Everything at once, by chance',
		rules: [...lossy, ...overloaded, ...refusing, { ...redacting[0], chance: 0.5 } as Rule, ...answering]
	},
	'lossy-webhooks': { says: 'Webhooks lost, doubled, late', rules: lossy },
	'deaf-webhooks': {
		says: 'No webhook ever arrives',
		rules: [
			{ target: 'callbacks', kind: 'lose', chance: 1 },
			{ target: 'inbound', kind: 'lose', chance: 1 }
		]
	},
	'overloaded-api': { says: 'The API busy, slow, cut off', rules: overloaded },
	'refused-texts': { says: 'Texts refused and filtered', rules: refusing },
	'redacted-codes': { says: 'One-time codes struck out, 30038', rules: redacting },
	'advanced-opt-out': { says: 'Keywords told as OptOutType', rules: answering }
} as const satisfies Readonly<Record<string, { says: string; rules: readonly Rule[] }>>;

export type ScenarioName = keyof typeof knownScenarios;

/** A number from 0 to 1 (1 excluded) that seed and key decide. */
export function chanceOf(seed: string, ...key: readonly (string | number)[]): number {
	return (
		createHash('sha256')
			.update(JSON.stringify([seed, ...key]))
			.digest()
			.readUInt32BE() /
		2 ** 32
	);
}
