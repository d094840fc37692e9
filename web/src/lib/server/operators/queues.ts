import * as z from 'zod';
import { Queue } from '../health.ts';
import { service } from '../service.ts';
import { answered } from './answered.ts';
import type { Operator } from './realm.ts';

const Payload = z.record(z.string(), z.unknown());

const Jobs = z.object({
	queues: z.array(Queue),
	parked: z.array(
		z.object({
			id: z.string(),
			kind: z.string(),
			error: z.string().nullable(),
			attempts: z.number(),
			parked_at: z.string(),
			payload: Payload
		})
	),
	job: z
		.object({
			id: z.string(),
			kind: z.string(),
			error: z.string().nullable(),
			attempts: z.number(),
			run_at: z.string(),
			parked_at: z.string().nullable(),
			completed_at: z.string().nullable(),
			payload: Payload
		})
		.nullable()
});

const Difference = z.object({
	id: z.string(),
	cause: z.string(),
	subject: z.string(),
	organization_id: z.string().nullable(),
	organization: z.string().nullable(),
	found_at: z.string(),
	repair: z.string().nullable(),
	result: z.string().nullable(),
	details: Payload
});

/** Why an operator does something. */
export const reason = z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.');

export const Settling = z.object({
	jobs: z.array(z.uuid()).min(1, 'Choose one at least.').max(100, 'Choose at most 100.'),
	deed: z.enum(['retry', 'discard']),
	reason
});
export const Repair = z.object({ difference: z.uuid(), reason });

/** How each kind of job stands, those that are parked, and one that is asked for; without words of tenants. */
export async function jobs({ session }: Operator, job_id: string | null) {
	return answered(await service().rpc('operator_jobs', { session, ...(job_id && { job_id }) }), Jobs);
}

/** Has parked jobs tried again, or gives them up: how many. Throws `operator_not_allowed`, `reason_missing`. */
export async function settle({ session }: Operator, { jobs, deed, reason }: z.infer<typeof Settling>): Promise<number> {
	return answered(
		await service().rpc('operator_settle_jobs', { session, job_ids: jobs, retried: deed === 'retry', reason }),
		z.number()
	);
}

/** What does not agree, the oldest first. */
export async function differences({ session }: Operator) {
	return answered(await service().rpc('operator_differences', { session }), z.array(Difference));
}

/** Starts a difference's repair. Answers its outcome. Throws `operator_not_allowed`, `reason_missing`. */
export async function repair({ session }: Operator, { difference, reason }: z.infer<typeof Repair>): Promise<string> {
	const { outcome } = answered(
		await service().rpc('operator_repair', { session, difference_id: difference, reason }),
		z.object({ outcome: z.string() })
	);
	return outcome;
}
