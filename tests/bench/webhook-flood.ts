import { connect } from 'node:net';
import type { signedForm } from '../support/twilio.ts';

type Form = ReturnType<typeof signedForm>;

/** Requests as the bytes they are on the wire, made beforehand. */
export function wired(url: string, forms: readonly Form[]): Buffer[] {
	const { host, pathname } = new URL(url);
	return forms.map(({ headers, body }) => {
		const all = { host, ...headers, 'content-length': Buffer.byteLength(body) };
		const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
		return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
	});
}

/**
 * Sends `count` of the requests, in turn, over `atOnce` kept connections with one request in flight on each. Node's own
 * client takes longer for a request than the server does, and would be what is measured.
 */
export async function flood(url: string, requests: readonly Buffer[], count: number, atOnce: number): Promise<void> {
	const { hostname, port } = new URL(url);
	let sent = 0;
	const next = () => (sent < count ? requests[sent++ % requests.length] : undefined);
	const one = () =>
		new Promise<void>((done, fail) => {
			const socket = connect({ host: hostname, port: Number(port), noDelay: true });
			let answer = '';
			const ask = () => {
				const request = next();
				if (request) socket.write(request);
				else socket.end(done);
			};
			socket.setEncoding('latin1').once('connect', ask).once('error', fail);
			socket.on('data', (chunk: string) => {
				answer += chunk;
				if (!isWhole(answer)) return;
				if (answer.startsWith('HTTP/1.1 200')) {
					answer = '';
					return ask();
				}
				socket.destroy();
				fail(new Error(`a webhook was answered ${answer.slice(0, 20)}`));
			});
			// after `done` a failure says nothing
			socket.once('close', () => fail(new Error('a connection was closed')));
		});
	await Promise.all(Array.from({ length: atOnce }, one));
}

function isWhole(answer: string): boolean {
	const head = answer.indexOf('\r\n\r\n');
	if (head === -1) return false;
	const [, length = '0'] = /content-length: (\d+)/i.exec(answer) ?? [];
	return answer.length - head - 4 >= Number(length);
}
