/**
 * The one address of the local Supabase, as a process of the stack: /rest and /auth by lite and /storage by our own
 * server in here, /realtime and /functions handed on. Everything else is 404, like hosted. Says `ready <port>` when it listens.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { guardAuth } from './auth/guard.ts';
import { letterWriter, passwordNotice, postOffice } from './auth/letters.ts';
import { people } from './auth/people.ts';
import { rateLimits } from './auth/rates.ts';
import { readConfig } from './config.ts';
import { createLite } from './lite.ts';
import { connect, cutConnections } from './platform.ts';
import { forward, join } from './proxy.ts';
import { listen } from './realtime/listener.ts';
import { Refusal, restRoles, tokenForKey, verifyToken } from './realtime/token.ts';
import { bytesOf } from './storage/buckets.ts';
import type { Caller } from './storage/caller.ts';
import { accessDenied } from './storage/refusals.ts';
import { createStorage } from './storage/server.ts';

const env = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing`);
	return value;
};

const port = Number(env('PORT'));
const realtimePort = Number(env('REALTIME_PORT'));
const functionPorts = JSON.parse(env('FUNCTION_PORTS')) as Record<string, number>;
const keys = [env('SUPABASE_PUBLISHABLE_KEY'), env('SUPABASE_SECRET_KEY')];

const jwtSecret = env('SUPABASE_JWT_SECRET');
const config = readConfig();
const limits = rateLimits(config);
const post = postOffice(Number(env('SMTP_PORT')), () => void limits.take('email_sent'));

const lite = await createLite({
	databaseUrl: env('DATABASE_URL'),
	authUrl: env('AUTH_DATABASE_URL'),
	jwtSecret,
	publishableKey: env('SUPABASE_PUBLISHABLE_KEY'),
	secretKey: env('SUPABASE_SECRET_KEY'),
	siteUrl: env('SITE_URL'),
	post,
	config
});

// as PostgREST: `notify pgrst, 'reload schema'` after a change of the schema
listen({
	url: env('DATABASE_URL'),
	on: { pgrst: () => void lite.forgetSchema() },
	// what was notified meanwhile was not heard
	listening: () => void lite.forgetSchema(),
	silent: cutConnections
});

/** What a browser may send and see across origins, as hosted answers it. */
const cors = {
	'access-control-allow-origin': '*',
	'access-control-expose-headers':
		'Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Range-Unit, Server, Transfer-Encoding, X-Supabase-Api-Version'
};
const storage = await createStorage({
	sql: connect(env('DATABASE_URL'), 4),
	folder: env('STORAGE_DIR'),
	jwtSecret,
	sizeLimit: bytesOf(config.get('storage', 'file_size_limit', '50MiB')) ?? 50 * 1024 ** 2,
	headers: cors
});
const auth = guardAuth({
	app: lite.auth,
	people: people(connect(env('DATABASE_URL'), 2)),
	limits,
	config,
	jwtSecret,
	notify: passwordNotice(config, post),
	write: letterWriter(config, post, env('SITE_URL'))
});
const largestBody = 10_000_000;
/** In ms. Nobody should wait for an answer that does not come. */
const longestAnswer = 10_000;
/** Reached from a letter or by a redirect, where nobody can add a key. */
const open = [
	/^\/auth\/v1\/(verify|callback|authorize|\.well-known\/jwks\.json)$/,
	/^\/storage\/v1\/(object|render\/image)\/(info\/)?(public|sign)\//,
	/^\/storage\/v1\/object\/upload\/sign\//
];

const server = createServer((request, response) => {
	route(request, response).catch((error: unknown) => {
		console.error(`${request.method} ${request.url}`, error);
		if (response.headersSent) response.destroy();
		else send(response, 500, { message: 'An unexpected error occurred' });
	});
});
server.on('upgrade', (request, socket, head) => {
	if (pathOf(request).startsWith('/realtime/v1/')) join(request, socket, head, realtimePort);
	else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
});
// a person's own machine, and long polls: no limit but the client's own
server.requestTimeout = 0;
server.listen(port, '127.0.0.1', () => console.log(`ready ${port}`));
server.on('error', (error) => {
	console.error(error.message);
	process.exit(1);
});

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const path = pathOf(request);
	const service = /^\/(rest|auth|realtime|functions|storage)\/v1(?=\/|$)/.exec(path)?.[1];
	if (service === 'functions') return callFunction(request, response);
	if (!service) return send(response, 404, { message: 'no Route matched with those values' });
	if (request.method === 'OPTIONS') return answerPreflight(request, response);
	if (service === 'realtime') return callRealtime(request, response);
	const key = request.headers.apikey ?? new URL(request.url ?? '/', 'http://gateway').searchParams.get('apikey');
	if (!open.some((pattern) => pattern.test(path))) {
		if (!key) return send(response, 401, { message: 'No API key found in request' });
		if (!keys.includes(String(key))) return send(response, 401, { message: 'Invalid API key' });
	}
	const refusal = service === 'rest' ? refusalOf(request.headers.authorization) : null;
	if (refusal) return send(response, 401, { ...refusal, details: null, hint: null });
	if (service === 'storage') return storage.answer(request, response, () => callerOf(request, key));
	const address = addressOf(request, key);
	const ask = (asked: Request) => (service === 'rest' ? lite.rest.fetch(asked) : auth(asked, address));
	return callLite(ask, request, response);
}

/** Who asks Storage: the person of the access token, else the role of the key. */
function callerOf({ headers: { authorization = '' } }: IncomingMessage, key: unknown): Caller {
	if (!keys.includes(String(key))) throw accessDenied('Invalid API key');
	const token = /^bearer\s+(.+)$/i.exec(authorization)?.[1] ?? '';
	if (token && !keys.includes(token)) {
		try {
			return verifyToken(token, jwtSecret, Date.now() / 1000, restRoles).claims;
		} catch (error) {
			throw error instanceof Refusal ? accessDenied(error.message) : error;
		}
	}
	return { role: (token || key) === keys[1] ? 'service_role' : 'anon' };
}

/** Whom Auth's limits count: the peer, or whom a server with the secret key speaks for, as hosted lets it. */
function addressOf({ headers, socket }: IncomingMessage, key: unknown): string {
	const [named = ''] = String(headers['sb-forwarded-for'] ?? '').split(',', 1);
	return key === keys[1] && isIP(named.trim()) ? named.trim() : (socket.remoteAddress ?? '');
}

/** What PostgREST says of a bad access token; null for a good one or none. lite would serve its bearer as anonymous. */
function refusalOf(authorization = ''): { code: string; message: string } | null {
	const token = /^bearer\s+(.+)$/i.exec(authorization)?.[1];
	if (!token || keys.includes(token)) return null;
	try {
		verifyToken(token, jwtSecret, Date.now() / 1000, restRoles);
		return null;
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		const expired = error.message.includes('expired');
		return expired ? { code: 'PGRST303', message: 'JWT expired' } : { code: 'PGRST301', message: error.message };
	}
}

/** Broadcasts over HTTP. Whoever brings no token of their own gets the one that their key stands for, as on hosted. */
function callRealtime(request: IncomingMessage, response: ServerResponse): void {
	const { apikey, authorization = '' } = request.headers;
	if (!apikey) return send(response, 401, { message: 'No API key found in request' });
	if (!keys.includes(String(apikey))) return send(response, 401, { message: 'Invalid API key' });
	const bearer = /^bearer\s+(.+)$/i.exec(authorization)?.[1];
	if (!bearer || keys.includes(bearer)) {
		const role = (bearer ?? apikey) === env('SUPABASE_SECRET_KEY') ? 'service_role' : 'anon';
		const token = tokenForKey(role, env('SUPABASE_JWT_SECRET'), Date.now() / 1000);
		request.headers.authorization = `Bearer ${token}`;
	}
	const away = () => send(response, 503, { message: 'Realtime is not available' });
	forward(request, response, { port: realtimePort, path: request.url ?? '/', headers: cors }, away);
}

/** /functions/v1/<name>/<rest> is /<name>/<rest> to the function, on hosted as well. */
function callFunction(request: IncomingMessage, response: ServerResponse): void {
	const path = (request.url ?? '/').slice('/functions/v1'.length);
	const name = /^\/([\w-]+)/.exec(path)?.[1] ?? '';
	const functionPort = Object.hasOwn(functionPorts, name) ? functionPorts[name] : undefined;
	if (!functionPort) return send(response, 404, { code: 'NOT_FOUND', message: 'Requested function was not found' });
	forward(request, response, { port: functionPort, path }, () =>
		send(response, 503, { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' })
	);
}

async function callLite(
	ask: (request: Request) => Response | Promise<Response>,
	request: IncomingMessage,
	response: ServerResponse
): Promise<void> {
	const body = await readBody(request);
	if (body === null) return send(response, 413, { message: `A body may have ${largestBody} bytes` });
	const headers = new Headers();
	for (let i = 0; i < request.rawHeaders.length; i += 2) {
		const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
		if (!/^(connection|content-length|transfer-encoding|expect|keep-alive|upgrade)$/i.test(name))
			headers.append(name, value);
	}
	const asked = new Request(new URL(request.url ?? '/', `http://127.0.0.1:${port}`), {
		method: request.method,
		headers,
		body: body.length > 0 ? new Uint8Array(body) : null
	});
	const enough = new AbortController();
	const late = pause(longestAnswer, null, { signal: enough.signal }).catch(() => null);
	const answer = await Promise.race([ask(asked), late]).finally(() => enough.abort());
	if (!answer) return send(response, 504, { message: 'The upstream server is timing out' });
	const answered = Object.fromEntries(answer.headers);
	delete answered['content-length'];
	response.writeHead(answer.status, { ...answered, ...cors });
	response.end(new Uint8Array(await answer.arrayBuffer()));
}

/** The whole body, or null when it is larger than we take: then it is read to its end all the same, and not kept. */
function readBody(request: IncomingMessage): Promise<Buffer | null> {
	return new Promise((done, fail) => {
		let chunks: Buffer[] = [];
		let size = 0;
		request.on('data', (chunk: Buffer) => {
			size += chunk.length;
			if (size <= largestBody) chunks.push(chunk);
			else chunks = [];
		});
		request.on('end', () => done(size <= largestBody ? Buffer.concat(chunks) : null));
		request.on('error', fail);
	});
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
	response.writeHead(204, {
		...cors,
		'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS',
		'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
		'access-control-max-age': '3600'
	});
	response.end();
}

function send(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...cors });
	response.end(JSON.stringify(body));
}

function pathOf(request: IncomingMessage): string {
	return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
