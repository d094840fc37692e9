/** The carrier simulator in this process, the official SDK pointed at it, and a customer that notes its webhooks. */
import { serve } from '@hono/node-server';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import { createCarrier, type Pace } from '../../stack/carrier/app.ts';

export const account = { accountSid: `AC${'0123456789abcdef'.repeat(2)}`, authToken: 'a token for tests only' };

type RequestOptions<TData> = RequestClient.RequestOptions<TData>;

/** The SDK's own HTTP client; only the hosts are another. */
class Rehosted extends twilio.RequestClient {
	readonly #base: string;
	constructor(base: string) {
		super();
		this.#base = base;
	}
	override request<TData>(options: RequestOptions<TData>) {
		// Twilio has its prices and regulations on hosts of their own
		const uri = options.uri.replace(/^https:\/\/(api|pricing|numbers)\.twilio\.com/, this.#base);
		return super.request({ ...options, uri });
	}
}

export function sdk(base: string, authToken = account.authToken) {
	return twilio(account.accountSid, authToken, { httpClient: new Rehosted(base) });
}

export function temporaryFolder(): string {
	return mkdtempSync(join(tmpdir(), 'carrier-'));
}

/** Starts a carrier on a free port. `stop` ends it as a kill would: what is undone stays in its folder. */
export async function startCarrier(options: { folder?: string; pace?: Partial<Pace>; port?: number } = {}) {
	const { folder = temporaryFolder(), pace, port = 0 } = options;
	const lines: string[] = [];
	const origin = () => url;
	const carrier = createCarrier({ ...account, folder, pace, origin, log: (line) => lines.push(line) });
	const server = serve({ fetch: carrier.app.fetch, port, hostname: '127.0.0.1' });
	await new Promise((resolve) => server.once('listening', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const json = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
		const response = await fetch(url + path, {
			method,
			headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
			body: body === undefined ? undefined : JSON.stringify(body)
		});
		const text = await response.text();
		return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
	};
	return {
		url,
		folder,
		lines,
		client: sdk(url),
		get: <Body>(path: string) => json('GET', path).then(({ body }) => body as Body),
		json,
		async stop() {
			if (!server.listening) return;
			carrier.stop();
			await new Promise((resolve) => {
				server.close(resolve);
				if ('closeAllConnections' in server) server.closeAllConnections();
			});
		},
		async [Symbol.asyncDispose]() {
			await this.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

export type Hook = { method: string; url: string; headers: IncomingHttpHeaders; parameters: Record<string, string> };

/** A customer that notes every webhook and answers what `answer` says: a status, or null to break the connection. */
export async function startCustomer(
	answer: (hook: Hook, place: number) => number | null | Promise<number | null> = () => 200
) {
	const hooks: Hook[] = [];
	const server = createServer((request, response) => {
		let raw = '';
		request.on('data', (chunk: Buffer) => (raw += chunk.toString()));
		request.on('end', async () => {
			const parameters = Object.fromEntries(new URLSearchParams(raw));
			const hook = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, parameters };
			const status = await answer(hook, hooks.push(hook) - 1);
			if (status === null) request.socket.destroy();
			else response.writeHead(status, { 'content-type': 'text/xml' }).end('<Response/>');
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url,
		hooks,
		/** Whether the SDK takes the signature of this webhook for genuine. */
		accepts: (hook: Hook) =>
			twilio.validateRequest(
				account.authToken,
				String(hook.headers['x-twilio-signature']),
				url + hook.url,
				hook.parameters
			),
		async [Symbol.asyncDispose]() {
			await new Promise((resolve) => {
				server.close(resolve);
				server.closeAllConnections();
			});
		}
	};
}

/** Waits until `look` answers something, and answers it. */
export async function until<Found>(look: () => Found | undefined | false | null, within = 10_000): Promise<Found> {
	const deadline = Date.now() + within;
	for (;;) {
		const found = look();
		if (found) return found;
		if (Date.now() > deadline) throw new Error(`nothing after ${within} ms: ${look}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}
