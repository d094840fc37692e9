import { timingSafeEqual, createHash } from 'node:crypto';
import { Registry } from 'prom-client';
import * as z from 'zod';
import type { AppDatabase } from './database.ts';
import { gauge } from './metrics.ts';
import { refusalOf } from './refusals.ts';
import { service } from './service.ts';

export const parts = {
	app: 'Web app',
	database: 'Database',
	functions: 'API and webhooks',
	realtime: 'Live updates',
	carrier: 'Carrier',
	payments: 'Payments',
	queue: 'Background work',
	text: 'A text from end to end'
} as const;

const Part = z.enum(['app', 'database', 'functions', 'realtime', 'carrier', 'payments', 'queue', 'text']);
export const State = z.enum(['well', 'shaky', 'failing', 'unknown']);
const Said = z.object({
	level: z.enum(['info', 'warning', 'incident', 'maintenance']),
	says: z.string(),
	starts_at: z.string(),
	ends_at: z.string().nullable()
});

const Status = z.object({
	at: z.string(),
	today: z.string(),
	parts: z.array(
		z.object({
			part: Part,
			state: State,
			/** How many days ago, and how many looks found it well, and not. */
			days: z.array(z.tuple([z.number(), z.number(), z.number()]))
		})
	),
	notices: z.array(Said),
	announced: z.array(Said)
});
export type Status = z.infer<typeof Status>;

/** How the platform is, for everybody. */
export async function status(database: AppDatabase): Promise<Status> {
	const { data, error } = await database.rpc('status');
	if (error) throw refusalOf(error);
	return Status.parse(data);
}

/** In ms: whoever asks whether we are alive does not wait for long. */
const patience = 2_000;
/** In ms: everybody who asks meanwhile gets the same answer, so that asking costs nothing. */
const fresh = 1_000;

/** A question whether the database answers, asked at most once a second. */
export function createPulse(ask: (signal: AbortSignal) => Promise<boolean>, now = () => performance.now()) {
	let asked = -Infinity;
	let answer = Promise.resolve(false);
	return (): Promise<boolean> => {
		if (now() - asked >= fresh) {
			asked = now();
			answer = ask(AbortSignal.timeout(patience)).catch(() => false);
		}
		return answer;
	};
}

/** Whether this process reaches its database. */
export const isAlive = createPulse(async (signal) => {
	const { data, error } = await service().rpc('is_alive').abortSignal(signal);
	return error === null && data === true;
});

/** Whether a secret is the one; it takes as long for a wrong one. */
export function isSecret(given: string | null, secret: string): boolean {
	const hash = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(hash(given ?? ''), hash(`Bearer ${secret}`));
}

/** A queue of the worker as it stands. */
export const Queue = z.object({
	kind: z.string(),
	waiting: z.number(),
	lag_seconds: z.number(),
	running: z.number(),
	parked: z.number()
});

const Figures = z.object({
	parts: z.array(z.object({ part: Part, well: z.boolean(), ms: z.number().nullable() })).nullable(),
	queues: z.array(Queue),
	messages: z.record(z.string(), z.number()),
	webhooks: z.object({ waiting: z.number(), lag_seconds: z.number() }),
	text: z
		.object({ handed_ms: z.number().nullable(), receipt_ms: z.number().nullable(), arrived_ms: z.number().nullable() })
		.nullable()
});

/** The platform's figures in the text format of Prometheus. */
export async function figures(): Promise<string> {
	const { data, error } = await service().rpc('platform_figures');
	if (error) throw refusalOf(error);
	const { parts, queues, messages, webhooks, text } = Figures.parse(data);
	const registry = new Registry();
	const set = (name: string, help: string, values: Parameters<typeof gauge>[3]) =>
		gauge(registry, `cumapp_${name}`, help, values);
	const ofQueues = (name: 'waiting' | 'lag_seconds' | 'running' | 'parked', help: string) =>
		set(
			`jobs_${name}`,
			help,
			queues.map((queue) => [{ kind: queue.kind }, queue[name]])
		);
	set(
		'part_up',
		'Whether a part was well when it was last looked at.',
		parts?.map(({ part, well }) => [{ part }, Number(well)]) ?? []
	);
	set('part_seconds', 'How long it took to answer.', parts?.map(({ part, ms }) => [{ part }, seconds(ms)]) ?? []);
	ofQueues('waiting', 'Jobs that wait.');
	ofQueues('lag_seconds', 'For how long the oldest due one has waited.');
	ofQueues('running', 'Jobs that a worker has.');
	ofQueues('parked', 'Jobs that were given up.');
	set(
		'messages_last_minute',
		'Texts of the last minute, by what became of them.',
		Object.entries(messages).map(([status, count]) => [{ status }, count])
	);
	set('webhooks_waiting', 'Events that wait for their endpoints.', [[{}, webhooks.waiting]]);
	set('webhooks_lag_seconds', 'For how long the oldest of them has waited.', [[{}, webhooks.lag_seconds]]);
	set('own_text_seconds', 'How long the last text of our own took to each step.', [
		[{ step: 'handed' }, seconds(text?.handed_ms)],
		[{ step: 'receipt' }, seconds(text?.receipt_ms)],
		[{ step: 'arrived' }, seconds(text?.arrived_ms)]
	]);
	return registry.metrics();
}

const seconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : ms / 1000);
