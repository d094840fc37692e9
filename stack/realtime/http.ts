import type { IncomingMessage, ServerResponse } from 'node:http';
import { tokenFrom, type Context } from './context.ts';
import { broadcastBatch, broadcastOne, says, type Answer } from './http-broadcasts.ts';
import { anonymous, Refusal, type Token } from './token.ts';

const batchPath = /^(?:\/realtime\/v1)?\/api\/broadcast$/;
const singlePath = /^(?:\/realtime\/v1)?\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/** Broadcasts that come as HTTP requests, from whoever has no socket: a batch, or one whose topic and event are in the path. */
export async function answerHttp(
	context: Context,
	publishableKey: string,
	request: IncomingMessage,
	response: ServerResponse
): Promise<void> {
	const { status, body } = await answerTo(context, publishableKey, request);
	response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' });
	response.end(body === undefined ? '' : JSON.stringify(body));
}

async function answerTo(context: Context, publishableKey: string, request: IncomingMessage): Promise<Answer> {
	const url = URL.parse(request.url ?? '/', 'http://127.0.0.1');
	const single = singlePath.exec(url?.pathname ?? '');
	if (!url || (!single && !batchPath.test(url.pathname))) return says(404, 'Not found');
	if (request.method !== 'POST') return says(405, 'Method not allowed');
	const body = await readBody(request, 8_000_000);
	const token = authenticate(context, publishableKey, request);
	if (!token) return says(401, 'Unauthorized');
	if (!body) return says(413, 'Request Entity Too Large');
	if (!single) return broadcastBatch(context, token, body);
	const [topic, event] = [decode(single[1]), decode(single[2])];
	if (topic === null || event === null) return says(400, 'Bad Request');
	const type = request.headers['content-type'] ?? 'application/json';
	return broadcastOne(context, token, {
		topic,
		event,
		isPrivate: url.searchParams.get('private') === 'true',
		persist: persistIn(url.searchParams),
		type,
		body
	});
}

/** `persist=true` or `persist[ttl]=60`, as a socket would say it. */
function persistIn(query: URLSearchParams): unknown {
	const ttl = query.get('persist[ttl]');
	return ttl === null ? query.get('persist') === 'true' : { ttl: Number(ttl) };
}

/** The bearer's token, or what the API key stands for. */
function authenticate(context: Context, publishableKey: string, { headers }: IncomingMessage): Token | null {
	const bearer = /^bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
	const raw = bearer ?? headers.apikey;
	if (raw === publishableKey) return anonymous;
	try {
		return tokenFrom(context, raw);
	} catch (error) {
		if (error instanceof Refusal) return null;
		throw error;
	}
}

function decode(part = ''): string | null {
	try {
		return decodeURIComponent(part);
	} catch {
		return null;
	}
}

/** The whole body, or null when it is larger than `most` bytes: then it is read to its end all the same, and not kept. */
function readBody(request: IncomingMessage, most: number): Promise<Buffer | null> {
	return new Promise((done, fail) => {
		let chunks: Buffer[] = [];
		let size = 0;
		request.on('data', (chunk: Buffer) => {
			size += chunk.length;
			if (size <= most) chunks.push(chunk);
			else chunks = [];
		});
		request.on('end', () => done(size <= most ? Buffer.concat(chunks) : null));
		request.on('error', fail);
	});
}
