/** Things that go wrong on request, so that tests and people can ask for a bad day of the carrier. */
import * as z from 'zod';
import { chanceOf, knownScenarios, type Scenario, type ScenarioName } from './scenarios.ts';

/** Calls of the REST API that can be made to fail. */
const calls = [
	'messages.create',
	'messages.fetch',
	'messages.list',
	'messages.update',
	'messages.remove',
	'media.fetch',
	'media.list',
	'numbers.create',
	'numbers.fetch',
	'numbers.list',
	'numbers.update',
	'numbers.remove',
	'account.fetch',
	'available.countries',
	'available.list',
	'pricing.fetch',
	'pricing.list',
	'regulations.list',
	'usage.list'
] as const;
/** Requests to the customer: status callbacks and inbound texts. */
const webhooks = ['callbacks', 'inbound'] as const;

const anything = z.enum([...calls, ...webhooks]);
const status = z.int().min(400).max(599);
const ms = z.int().min(1).max(600_000);

/** What can go wrong, beside `also`: what says when. */
const effects = <Also extends z.ZodRawShape>(also: Also) =>
	z.discriminatedUnion('kind', [
		z.strictObject({ ...also, target: anything, kind: z.literal('status'), status, code: z.int().optional() }),
		z.strictObject({ ...also, target: anything, kind: z.literal('hang'), ms }),
		z.strictObject({ ...also, target: anything, kind: z.literal('cut_after') }),
		z.strictObject({ ...also, target: z.enum(webhooks), kind: z.literal('lose') }),
		z.strictObject({
			...also,
			target: z.enum(webhooks),
			kind: z.literal('duplicate'),
			copies: z.int().min(1).max(5).default(1)
		}),
		z.strictObject({
			...also,
			target: z.literal('outcomes'),
			kind: z.literal('outcome'),
			status: z.enum(['undelivered', 'failed']),
			code: z.int().min(10_000).max(99_999)
		}),
		z.strictObject({ ...also, target: z.literal('codes'), kind: z.literal('redact') }),
		z.strictObject({ ...also, target: z.literal('keywords'), kind: z.literal('opt_out_type') })
	]);

/**
 * `status`: nothing is done and this status is answered (for webhooks: the request never leaves, as if answered so).
 * `hang`: the work is done at once, its answer comes `ms` later (for webhooks: the request leaves `ms` later, and others
 * overtake it). `cut_after`: the work is done, then the connection is cut (for webhooks: the answer is lost).
 * `lose`: a webhook never leaves and is never tried again. `duplicate`: it comes `copies` times more.
 * `outcome`: how a text to a handset ends. `redact`: the one-time code in an inbound text is struck out (30038).
 * `opt_out_type`: a keyword's webhook says that the carrier has answered it (Advanced Opt-Out).
 */
export const Fault = effects({
	count: z.int().min(1).max(10_000).default(1),
	/** Only what concerns this number of the account; else everything. */
	number: z.string().max(20).optional()
});
export type Fault = z.infer<typeof Fault>;

/** A fault that strikes each time with a chance from 0 to 1; `ms` of a `hang` is then the longest. */
export const Rule = effects({ chance: z.number().min(0).max(1) });
export type Rule = z.infer<typeof Rule>;

export type FaultTarget = Fault['target'];
export type Faults = ReturnType<typeof createFaults>;

/** Whom a call or a webhook concerns: a number of the account, and the handset at the other end. */
export type Concern = { number?: string | null; peer?: string | null };

/**
 * Faults strike `count` times, in the order they were asked for; scenarios by chance, the latest first. Both are
 * forgotten at a restart.
 */
export function createFaults() {
	let waiting: Fault[] = [];
	let scenarios: { scenario: Scenario; drawn: Map<string, number> }[] = [];

	function takeOrdered(target: FaultTarget, { number }: Concern): Fault | undefined {
		const fault = waiting.find((each) => each.target === target && (!each.number || each.number === number));
		if (!fault) return undefined;
		fault.count -= 1;
		if (fault.count === 0) waiting = waiting.filter((candidate) => candidate !== fault);
		return fault;
	}

	/** The n-th event of its kind between two numbers has the same fate whenever the seed is the same. */
	function draw(target: FaultTarget, { number = null, peer = null }: Concern): Rule | undefined {
		for (const { scenario, drawn } of scenarios) {
			if (scenario.numbers && (number === null || !scenario.numbers.includes(number))) continue;
			const event = JSON.stringify([target, number, peer]);
			const place = drawn.get(event) ?? 0;
			drawn.set(event, place + 1);
			let chance = chanceOf(scenario.seed, event, place);
			for (const rule of scenario.rules.filter((each) => each.target === target)) {
				chance -= rule.chance;
				if (chance >= 0) continue;
				if (rule.kind !== 'hang') return rule;
				return { ...rule, ms: 1 + Math.floor(chanceOf(scenario.seed, event, place, 'ms') * rule.ms) };
			}
		}
		return undefined;
	}

	return {
		add(fault: Fault): void {
			waiting.push({ ...fault });
		},
		clear(): void {
			waiting = [];
		},
		begin(scenario: Scenario): void {
			scenarios.unshift({ scenario, drawn: new Map() });
		},
		endScenarios(): void {
			scenarios = [];
		},
		scenarios: (): Scenario[] => scenarios.map(({ scenario }) => scenario),
		/** The fault that strikes this call, webhook or text, if any. */
		take: (target: FaultTarget, concern: Concern = {}): Fault | Rule | undefined =>
			takeOrdered(target, concern) ?? draw(target, concern)
	};
}

/** What is asked for as a scenario: one of the known ones, or rules of one's own. */
export const NewScenario = z
	.strictObject({
		name: z.enum([...(Object.keys(knownScenarios) as [ScenarioName, ...ScenarioName[]]), 'own']),
		seed: z.union([z.int(), z.string().max(100)]).default(1),
		numbers: z.array(z.string().max(20)).min(1).max(100).optional(),
		rules: z.array(Rule).max(100).optional()
	})
	.refine(
		({ name, rules }) => (name === 'own') === (rules !== undefined),
		'Rules go with the name "own", and only with it.'
	)
	.transform(({ name, seed, numbers, rules }): Scenario => {
		const known = name === 'own' ? [] : knownScenarios[name].rules;
		return { name, seed: String(seed), numbers: numbers ?? null, rules: rules ?? known };
	});
