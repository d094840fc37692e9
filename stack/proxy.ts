import { request as ask, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Hands a request on to a process on this machine, under another path, and its answer back, both as streams.
 * `unavailable` answers when nobody is there: the process is being restarted.
 */
export function forward(
	request: IncomingMessage,
	response: ServerResponse,
	to: { port: number; path: string; headers?: OutgoingHttpHeaders },
	unavailable: () => void
): void {
	// no connection is kept: a kept one may lead to a process that has been restarted since
	const upstream = ask(
		{
			host: '127.0.0.1',
			port: to.port,
			path: to.path,
			method: request.method,
			headers: { ...forwarded(request), connection: 'close' },
			agent: false
		},
		(answer) => {
			const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
			response.writeHead(answer.statusCode ?? 502, { ...headers, ...to.headers });
			answer.pipe(response);
			answer.on('error', () => response.destroy());
		}
	);
	upstream.on('error', () => (response.headersSent ? response.destroy() : unavailable()));
	response.on('close', () => upstream.destroy());
	request.pipe(upstream);
}

/** Joins a WebSocket (or any other upgrade) with a process on this machine; both ends close together. */
export function join(request: IncomingMessage, socket: Duplex, head: Buffer, port: number): void {
	const upstream = ask({
		host: '127.0.0.1',
		port,
		path: request.url,
		method: request.method,
		headers: { ...forwarded(request), connection: 'Upgrade', upgrade: request.headers.upgrade },
		agent: false
	});
	upstream.on('upgrade', (answer, other, otherHead) => {
		socket.write(headOf(answer));
		if (otherHead.length > 0) socket.write(otherHead);
		if (head.length > 0) other.write(head);
		pair(socket, other);
	});
	upstream.on('response', (answer) => {
		socket.write(headOf(answer));
		answer.pipe(socket);
	});
	upstream.on('error', () => socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n'));
	socket.on('error', () => upstream.destroy());
	upstream.end();
}

function pair(one: Duplex, other: Duplex): void {
	for (const [from, to] of [
		[one, other],
		[other, one]
	] as const) {
		from.pipe(to);
		from.on('error', () => to.destroy());
		from.on('close', () => to.destroy());
	}
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
	const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
	for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
	return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The request's headers with what hosted's gateway adds. */
function forwarded({ headers, socket }: IncomingMessage): OutgoingHttpHeaders {
	return {
		...headers,
		'x-forwarded-for': socket.remoteAddress ?? '',
		'x-forwarded-host': headers.host ?? '',
		'x-forwarded-proto': 'http'
	};
}
