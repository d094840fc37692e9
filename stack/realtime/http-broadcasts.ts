import { z } from 'zod';
import { isTopic, type Context } from './context.ts';
import type { Broadcast } from './frames.ts';
import { mostBytes } from './limits.ts';
import { readPersist } from './keeping.ts';
import { Refusal, type Token } from './token.ts';

/** An HTTP answer in hosted's words; without a body it is empty. */
export type Answer = { status: number; body?: unknown };

export const says = (status: number, message: string): Answer => ({ status, body: { message } });
const accepted: Answer = { status: 202 };
const unprocessable = (errors: unknown): Answer => ({ status: 422, body: { errors } });
const tooLarge = 'Payload size exceeds tenant limit';

export type Single = { topic: string; event: string; isPrivate: boolean; type: string; body: Buffer; persist: unknown };

/** One message, whose topic and event stood in the path. */
export async function broadcastOne(context: Context, token: Token, single: Single): Promise<Answer> {
	const { topic, event, isPrivate, type, body, persist } = single;
	const isBinary = type.startsWith('application/octet-stream');
	if (!isBinary && !type.startsWith('application/json'))
		return {
			status: 415,
			body: { error: 'Unsupported Media Type. Use application/json or application/octet-stream' }
		};
	const payload = isBinary ? body : objectIn(body);
	if (!payload) return says(400, 'Bad Request');
	if (!isTopic(topic)) return unprocessable({ topic: ['is invalid'] });
	if (payload.length > mostBytes(context.limits)) return unprocessable({ payload: [tooLarge] });
	let seconds: number | null;
	try {
		seconds = readPersist(persist, isPrivate);
	} catch (error) {
		if (error instanceof Refusal) return unprocessable({ persist: [error.message] });
		throw error;
	}
	const { messages } = context.rates;
	if (messages.reached) return says(429, 'You have exceeded your rate limit');
	if (isPrivate && !(await mayWrite(context, token, topic))) return says(403, 'Unauthorized');
	messages.add();
	const broadcast: Broadcast = { event, json: !isBinary, payload, meta: null };
	const kept = seconds === null ? broadcast : await context.keep(topic, broadcast, seconds);
	context.topics.send(topic, isPrivate, kept);
	return accepted;
}

const missing = { error: "can't be blank" };
const Messages = z.object({
	messages: z
		.array(
			z.object({
				topic: z.string(missing).refine(isTopic, missing),
				event: z.string(missing).min(1, missing),
				payload: z.record(z.string(), z.unknown(), missing),
				private: z.boolean().nullish()
			}),
			missing
		)
		.min(1, missing)
});

/** `{messages: [{topic, event, payload, private}]}` */
export async function broadcastBatch(context: Context, token: Token, body: Buffer): Promise<Answer> {
	const json = parse(body);
	if (json === undefined) return says(400, 'Bad Request');
	const { data, error } = Messages.safeParse(json);
	if (!data) return unprocessable(errorsOf(error, json));
	const sent = data.messages.map((message) => ({ ...message, bytes: Buffer.from(JSON.stringify(message.payload)) }));
	const most = mostBytes(context.limits);
	if (sent.some(({ bytes }) => bytes.length > most))
		return unprocessable({ messages: sent.map(({ bytes }) => (bytes.length > most ? { payload: [tooLarge] } : {})) });
	const { messages } = context.rates;
	if (messages.mean > messages.limit) return says(429, 'You have exceeded your rate limit');
	if (messages.mean + sent.length > messages.limit)
		return says(429, 'Too many messages to broadcast, please reduce the batch size');
	const topics = new Set(sent.filter((message) => message.private).map(({ topic }) => topic));
	const writable = new Map(
		await Promise.all([...topics].map(async (topic) => [topic, await mayWrite(context, token, topic)] as const))
	);
	for (const { topic, event, bytes, private: isPrivate } of sent) {
		// without the right to write it is dropped without a word, as hosted
		if (isPrivate && !writable.get(topic)) continue;
		messages.add();
		const broadcast: Broadcast = { event, json: true, payload: bytes, meta: null };
		context.topics.send(topic, isPrivate ?? false, broadcast);
	}
	return accepted;
}

const mayWrite = async ({ policies }: Context, token: Token, topic: string) =>
	(await policies(token, topic)).broadcast.write;

/** What is wrong, in the form of hosted's change sets: by field, and for messages one entry each. */
function errorsOf(error: z.ZodError, json: unknown): unknown {
	const given = (json as { messages?: unknown } | null)?.messages;
	const nested = error.issues.some(({ path }) => path.length > 1);
	if (!nested || !Array.isArray(given)) return { messages: error.issues.map(({ message }) => message) };
	const errors = given.map((): Record<string, string[]> => ({}));
	for (const { path, message } of error.issues) (errors[Number(path[1])] ??= {})[String(path[2] ?? 'base')] = [message];
	return { messages: errors };
}

/** The JSON object of a body as it came; any other JSON value under `_json`, as hosted. Null when it is no JSON. */
function objectIn(body: Buffer): Buffer | null {
	const value = parse(body);
	if (value === undefined) return null;
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return body;
	return Buffer.from(JSON.stringify({ _json: value }));
}

function parse(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString('utf8')) as unknown;
	} catch {
		return undefined;
	}
}
