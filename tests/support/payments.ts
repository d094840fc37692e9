/** The payment simulator in this process, the official SDK pointed at it, and an endpoint that notes its events. */
import { serve } from '@hono/node-server';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { createPayments, type Settings } from '../../stack/payments/app.ts';

export const secretKey = 'sk_test_for_tests_only';
export const webhookSecret = 'whsec_for_tests_only';

export function sdk(url: string, key = secretKey): Stripe {
	const { hostname, port } = new URL(url);
	return new Stripe(key, { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 });
}

type Options = { folder?: string; endpoint?: string } & Partial<Pick<Settings, 'chance' | 'now' | 'pace'>>;

/** Starts the simulator on a free port. `stop` ends it as a kill would: what is undone stays in its folder. */
export async function startPayments({
	folder = mkdtempSync(join(tmpdir(), 'payments-')),
	endpoint,
	...more
}: Options = {}) {
	const lines: string[] = [];
	const payments = createPayments({
		secretKey,
		endpoint: endpoint ? { url: endpoint, secret: webhookSecret } : null,
		folder,
		origin: () => url,
		log: (line) => lines.push(line),
		...more
	});
	const server = serve({ fetch: payments.app.fetch, port: 0, hostname: '127.0.0.1' });
	await new Promise((resolve) => server.once('listening', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url,
		folder,
		lines,
		stripe: sdk(url),
		fault: (fault: object) =>
			fetch(`${url}/faults`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(fault)
			}).then(({ status }) => status),
		/** What a browser does with a form of these pages; redirects are answered, not followed. */
		submit: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
			fetch(new URL(path, url), {
				method: 'POST',
				headers: { origin: url, 'sec-fetch-site': 'same-origin', ...headers },
				body: new URLSearchParams(fields),
				redirect: 'manual'
			}),
		async stop() {
			if (!server.listening) return;
			payments.stop();
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

/** An endpoint that takes events as the SDK verifies them; what does not verify is answered with 400. */
export async function startEndpoint(answer: (event: Stripe.Event, place: number) => number = () => 200) {
	const stripe = new Stripe(secretKey);
	const events: Stripe.Event[] = [];
	const server = createServer((request, response) => {
		let raw = '';
		request.on('data', (chunk: Buffer) => (raw += chunk.toString()));
		request.on('end', () => {
			try {
				const signature = request.headers['stripe-signature'] ?? '';
				const event = stripe.webhooks.constructEvent(raw, signature, webhookSecret);
				response.writeHead(answer(event, events.push(event) - 1)).end();
			} catch {
				response.writeHead(400).end();
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1/stripe`,
		events,
		async [Symbol.asyncDispose]() {
			await new Promise((resolve) => {
				server.close(resolve);
				server.closeAllConnections();
			});
		}
	};
}

/** What the SDK raised. */
export async function refusal(call: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
	const error = await call.then(
		() => new Error('not refused'),
		(reason: unknown) => reason
	);
	if (error instanceof Stripe.errors.StripeError) return error;
	throw error;
}
