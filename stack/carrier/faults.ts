/** Things that go wrong on request, so that tests can ask for a bad day of the carrier. */
import * as z from 'zod';

/** What can be made to fail: calls of the REST API, status callbacks, inbound webhooks. */
export const faultTargets = [
	'messages.create',
	'messages.fetch',
	'messages.list',
	'messages.update',
	'messages.remove',
	'numbers.create',
	'numbers.fetch',
	'numbers.list',
	'numbers.update',
	'numbers.remove',
	'account.fetch',
	'callbacks',
	'inbound'
] as const;

const target = z.enum(faultTargets);
const count = z.int().min(1).max(10_000).default(1);

/**
 * `status`: nothing is done and this status is answered (for webhooks: the request never leaves, as if answered so).
 * `hang`: the work is done at once, its answer comes `ms` later (for webhooks: the request leaves `ms` later).
 * `cut_after`: the work is done, then the connection is cut (for webhooks: the answer is lost, so it is sent again).
 */
export const Fault = z.discriminatedUnion('kind', [
	z.strictObject({
		target,
		kind: z.literal('status'),
		status: z.int().min(400).max(599),
		code: z.int().optional(),
		count
	}),
	z.strictObject({ target, kind: z.literal('hang'), ms: z.int().min(1).max(600_000), count }),
	z.strictObject({ target, kind: z.literal('cut_after'), count })
]);
export type Fault = z.infer<typeof Fault>;
export type FaultTarget = Fault['target'];
export type Faults = ReturnType<typeof createFaults>;

/** Faults in the order they were asked for; each strikes `count` times. They are forgotten at a restart. */
export function createFaults() {
	let waiting: Fault[] = [];
	return {
		add(fault: Fault): void {
			waiting.push({ ...fault });
		},
		clear(): void {
			waiting = [];
		},
		/** The fault that strikes this call, if any. */
		take(target: FaultTarget): Fault | undefined {
			const fault = waiting.find((candidate) => candidate.target === target);
			if (!fault) return undefined;
			fault.count -= 1;
			if (fault.count === 0) waiting = waiting.filter((candidate) => candidate !== fault);
			return fault;
		}
	};
}
