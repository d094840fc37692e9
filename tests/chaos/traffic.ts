import { setTimeout as pause } from 'node:timers/promises';
import { inboundFields, makeSid } from '../functions/doors.ts';
import { deliver } from '../functions/storm.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What was promised to somebody: a text acknowledged to the carrier, a send accepted from a person. */
export type Promises = {
	/** bodies by the carrier's id */
	acknowledged: Map<string, string>;
	/** by message id */
	accepted: Map<string, { body: string; handset: string }>;
	/** how often each answer was given, by door and status; 0: none came */
	answers: Map<string, number>;
};

export const noPromises = (): Promises => ({ acknowledged: new Map(), accepted: new Map(), answers: new Map() });

let texts = 0;

function note({ answers }: Promises, door: string, status: number): void {
	const key = `${door} ${status}`;
	answers.set(key, (answers.get(key) ?? 0) + 1);
}

/** One inbound text, told until it is acknowledged or the signal ends it. */
export async function textIn(world: World, promises: Promises, handset: string, signal?: AbortSignal): Promise<string> {
	const body = `Text ${(texts += 1)}`;
	const { env } = world.stack;
	const fields = inboundFields(env, { from: handset, to: world.number.e164, body, sid: makeSid() });
	while (!signal?.aborted) {
		const status = await deliver(env, fields);
		note(promises, 'inbound', status);
		if (status === 200) {
			promises.acknowledged.set(fields.MessageSid, body);
			break;
		}
		await pause(100);
	}
	return body;
}

/** One send of a person, repeated under its key until it is accepted or the signal ends it. */
export async function send(
	world: World,
	promises: Promises,
	{ handset, by = 0 }: { handset: string; by?: number },
	signal?: AbortSignal
): Promise<string> {
	const { env } = world.stack;
	const body = `Answer ${(texts += 1)}`;
	const request = {
		method: 'POST',
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${world.people[by]!.accessToken}`,
			'content-type': 'application/json',
			'content-profile': 'api'
		},
		body: JSON.stringify({
			body,
			conversation_id: world.conversations.get(handset),
			idempotency_key: crypto.randomUUID()
		})
	};
	while (!signal?.aborted) {
		const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/send_message`, {
			...request,
			signal: AbortSignal.timeout(15_000)
		})
			.then(async (response) => ({ status: response.status, text: await response.text() }))
			// cut off or too late: nobody knows what became of it, so it is asked again under its key
			.catch(() => ({ status: 0, text: '' }));
		note(promises, 'send', answer.status);
		if (answer.status === 200) {
			promises.accepted.set((JSON.parse(answer.text) as { id: string }).id, { body, handset });
			break;
		}
		if (answer.status >= 400 && answer.status < 500) note(promises, `refused: ${answer.text}`, answer.status);
		await pause(100);
	}
	return body;
}

/** A storm of inbound texts and a stream of sends, until `stop`, which waits for what is under way. */
export function startTraffic(world: World, promises: Promises, random: Random, handsets: readonly string[]) {
	const stopping = new AbortController();
	const patience = new AbortController();

	async function keepOn(work: (handset: string) => Promise<unknown>): Promise<void> {
		while (!stopping.signal.aborted) {
			await work(random.pick(handsets));
			await pause(random.between(20, 150));
		}
	}
	const running = Promise.all([
		...Array.from({ length: 4 }, () => keepOn((handset) => textIn(world, promises, handset, patience.signal))),
		...[0, 1, 0].map((by) => keepOn((handset) => send(world, promises, { handset, by }, patience.signal)))
	]);
	return {
		async stop(): Promise<void> {
			stopping.abort();
			const timer = setTimeout(() => patience.abort(), 20_000);
			await running;
			clearTimeout(timer);
		}
	};
}
