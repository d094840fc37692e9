/**
 * The one address of the local Supabase, as a process of the stack: /rest and /auth by lite in here, /realtime and
 * /functions handed on. Everything else is 404, like hosted. Says `ready <port>` when it listens.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { App } from '@supabase/lite';
import { readConfig } from './config.ts';
import { createLite } from './lite.ts';
import { connect } from './platform.ts';
import { forward, join } from './proxy.ts';
import { Refusal, verifyToken } from './realtime/token.ts';

const env = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing`);
	return value;
};

const port = Number(env('PORT'));
const realtimePort = Number(env('REALTIME_PORT'));
const functionPorts = JSON.parse(env('FUNCTION_PORTS')) as Record<string, number>;
const keys = [env('SUPABASE_PUBLISHABLE_KEY'), env('SUPABASE_SECRET_KEY')];

const lite = await createLite({
	databaseUrl: env('DATABASE_URL'),
	authUrl: env('AUTH_DATABASE_URL'),
	jwtSecret: env('SUPABASE_JWT_SECRET'),
	publishableKey: env('SUPABASE_PUBLISHABLE_KEY'),
	secretKey: env('SUPABASE_SECRET_KEY'),
	siteUrl: env('SITE_URL'),
	smtpPort: Number(env('SMTP_PORT')),
	config: readConfig()
});

// as PostgREST: `notify pgrst, 'reload schema'` after a change of the schema
await connect(env('DATABASE_URL')).listen('pgrst', () => void lite.forgetSchema());

/** What a browser may send and see across origins, as hosted answers it. */
const cors = {
	'access-control-allow-origin': '*',
	'access-control-expose-headers':
		'Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Range-Unit, Server, Transfer-Encoding, X-Supabase-Api-Version'
};
const largestBody = 10_000_000;
/** Reached from a letter or by a redirect, where nobody can add a key. */
const openAuth = /^\/auth\/v1\/(verify|callback|authorize|\.well-known\/jwks\.json)$/;

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
	const service = /^\/(rest|auth|realtime|functions)\/v1(?=\/|$)/.exec(path)?.[1];
	if (service === 'functions') return callFunction(request, response);
	if (!service) return send(response, 404, { message: 'no Route matched with those values' });
	if (request.method === 'OPTIONS') return answerPreflight(request, response);
	if (service === 'realtime') {
		const away = () => send(response, 503, { message: 'Realtime is not available' });
		return forward(request, response, { port: realtimePort, path: request.url ?? '/', headers: cors }, away);
	}
	const key = request.headers.apikey ?? new URL(request.url ?? '/', 'http://gateway').searchParams.get('apikey');
	if (!openAuth.test(path)) {
		if (!key) return send(response, 401, { message: 'No API key found in request' });
		if (!keys.includes(String(key))) return send(response, 401, { message: 'Invalid API key' });
	}
	const refusal = service === 'rest' ? refusalOf(request.headers.authorization) : null;
	if (refusal) return send(response, 401, { ...refusal, details: null, hint: null });
	return callLite(service === 'rest' ? lite.rest : lite.auth, request, response);
}

/** What PostgREST says of a bad access token; null for a good one or none. lite would serve its bearer as anonymous. */
function refusalOf(authorization = ''): { code: string; message: string } | null {
	const token = /^bearer\s+(.+)$/i.exec(authorization)?.[1];
	if (!token || keys.includes(token)) return null;
	try {
		verifyToken(token, env('SUPABASE_JWT_SECRET'), Date.now() / 1000);
		return null;
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		const expired = error.message.includes('expired');
		return expired ? { code: 'PGRST303', message: 'JWT expired' } : { code: 'PGRST301', message: error.message };
	}
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

async function callLite(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const body = await readBody(request);
	if (body === null) return send(response, 413, { message: `A body may have ${largestBody} bytes` });
	const headers = new Headers();
	for (let i = 0; i < request.rawHeaders.length; i += 2) {
		const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
		if (!/^(connection|content-length|transfer-encoding|expect|keep-alive|upgrade)$/i.test(name))
			headers.append(name, value);
	}
	const answer = await app.fetch(
		new Request(new URL(request.url ?? '/', `http://127.0.0.1:${port}`), {
			method: request.method,
			headers,
			body: body.length > 0 ? new Uint8Array(body) : null
		})
	);
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
