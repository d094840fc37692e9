import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import postgres from 'postgres';
import { WebSocketServer, type WebSocket } from 'ws';
import { Client } from './client.ts';
import type { Context } from './context.ts';
import { databaseBroadcasts } from './database-broadcasts.ts';
import { MalformedFrame, read, type Version } from './frames.ts';
import { wires } from '../wires.ts';
import { answerHttp } from './http.ts';
import type { Limits } from './limits.ts';
import { keeper } from './keeping.ts';
import { listen } from './listener.ts';
import { policies } from './policies.ts';
import { Presence } from './presence.ts';
import { startRates } from './rates.ts';
import { replays } from './replay.ts';
import { answer } from './requests.ts';
import { sweep } from './sweep.ts';
import { anonymous, Refusal, verifyToken, type Token } from './token.ts';
import { Topics } from './topics.ts';
import { endSession, watch } from './watch.ts';

export type Settings = {
	/** 0 takes a free one */
	port: number;
	/** a role that may read and write realtime.messages whatever its policies, and become any other */
	databaseUrl: string;
	jwtSecret: string;
	publishableKey: string;
	limits: Limits;
};

const paths = new Set(['/realtime/v1/websocket', '/websocket']);
/** as hosted's */
const largestFrame = 8_000_000;

/** Starts a Realtime server on 127.0.0.1. Resolves when it listens, to sockets and to the database. */
export async function serve(settings: Settings): Promise<{ port: number; stop: () => Promise<void> }> {
	const clients = new Set<Client>();
	const { limits, jwtSecret } = settings;
	const { rates, stop: stopRates } = startRates(limits);
	const topics = new Topics(rates.messages);
	const presence = new Presence(topics, rates.presence);
	const { socket, cut } = wires();
	const sql = postgres(settings.databaseUrl, {
		...{ socket },
		max: 4,
		connect_timeout: 2,
		backoff: () => 0.3,
		onnotice() {},
		// what it writes is taken back at once: nothing is worth a wait for the disk
		connection: { application_name: 'realtime', synchronous_commit: 'off', statement_timeout: 5000 }
	});
	const asked = { policies: policies(sql), replays: replays(sql), keep: keeper(sql) };
	const context: Context = { clients, topics, presence, ...asked, limits, rates, jwtSecret };

	const listening = Promise.withResolvers<undefined>();
	const listener = listen({
		url: settings.databaseUrl,
		on: { realtime_messages: databaseBroadcasts(sql, topics), session_ended: (id) => endSession(clients, id) },
		listening() {
			// what was sent while nobody listened is lost: everybody joins again and reads
			for (const client of clients) for (const channel of client.channels.values()) client.interrupt(channel);
			listening.resolve(undefined);
		},
		silent: cut
	});
	const unwatch = watch(clients, sql, context.policies);
	const stopSweep = sweep(sql);

	const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestFrame });
	const accept = (socket: WebSocket, version: Version, key: Token) => {
		const client = new Client(socket, version, key, topics, presence);
		clients.add(client);
		socket.on('message', (data: Buffer, binary: boolean) => {
			client.heardAt = Date.now();
			try {
				answer(context, client, read(version, data, binary));
			} catch (error) {
				if (error instanceof MalformedFrame) return client.cut(1007, error.message);
				// one client's surprise is not everybody's
				console.error('A message could not be answered:', error);
				client.cut(1011, 'internal error');
			}
		});
		// ws closes a socket after its error
		socket.on('error', () => {});
		socket.on('close', () => {
			clients.delete(client);
			client.leave();
		});
	};

	const http = createServer((request, response) => {
		answerHttp(context, settings.publishableKey, request, response).catch((error: unknown) => {
			console.error(`${request.method} ${request.url}`, error);
			if (response.headersSent) return response.destroy();
			response.writeHead(422, { 'content-type': 'application/json; charset=utf-8' });
			response.end('{"message":"Tenant database unavailable"}');
		});
	});
	http.on('upgrade', (request, socket, head) => {
		const door = open(request, settings);
		if (typeof door === 'number') return refuse(socket, door);
		sockets.handleUpgrade(request, socket, head, (opened) => accept(opened, door.version, door.key));
	});

	await listening.promise;
	await new Promise<void>((resolve, reject) => {
		http.once('error', reject);
		http.listen(settings.port, '127.0.0.1', resolve);
	});
	return {
		port: (http.address() as AddressInfo).port,
		async stop() {
			unwatch();
			stopSweep();
			stopRates();
			for (const socket of sockets.clients) socket.close(1012, 'restarting');
			http.close();
			await listener.stop();
			await sql.end({ timeout: 1 });
			for (const socket of sockets.clients) socket.terminate();
		}
	};
}

/** Which version and whose key, or the HTTP status that refuses the socket. */
function open(request: IncomingMessage, settings: Settings): { version: Version; key: Token } | number {
	const url = URL.parse(request.url ?? '/', 'http://127.0.0.1');
	if (!url) return 400;
	if (!paths.has(url.pathname)) return 404;
	const version = url.searchParams.get('vsn') ?? '1.0.0';
	if (version !== '1.0.0' && version !== '2.0.0') return 400;
	const key = url.searchParams.get('apikey') ?? '';
	if (key === settings.publishableKey) return { version, key: anonymous };
	try {
		return { version, key: verifyToken(key, settings.jwtSecret, Date.now() / 1000) };
	} catch (error) {
		if (error instanceof Refusal) return 401;
		throw error;
	}
}

function refuse(socket: Duplex, status: number): void {
	const reason = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' }[status] ?? '';
	socket.on('error', () => socket.destroy());
	socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
