import type Stripe from 'stripe';
import type { Carrier } from '../_shared/carriers/port.ts';
import type { Database } from '../_shared/database.ts';

/** How each part is looked at: small, read only; it throws, in words, where the part is not well or the signal ends it. */
export type Looks = Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>>;

type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Pick<Database, 'queueDepth'>;
	carrier: Pick<Carrier, 'reach'>;
	stripe: Stripe;
	fetch: typeof fetch;
};

export function looksOf({ env, database, carrier, stripe, fetch }: Parts): Looks {
	const url = env.SUPABASE_URL ?? '';
	const keys = JSON.parse(env.SUPABASE_PUBLISHABLE_KEYS || '{}') as { default?: string };
	return {
		app: (signal) => answers(`${env.APP_URL ?? ''}/healthz`, signal, fetch),
		// through the gateway, as everybody comes
		functions: (signal) => answers(`${url}/functions/v1/worker/health`, signal, fetch),
		realtime: (signal) => beats(url, keys.default ?? '', signal),
		database: (signal) => within(signal, database.queueDepth()),
		carrier: (signal) => carrier.reach(signal),
		payments: (signal) => within(signal, stripe.events.list({ limit: 1 }))
	};
}

async function answers(url: string, signal: AbortSignal, fetch: typeof globalThis.fetch): Promise<void> {
	const response = await fetch(url, { signal });
	await response.body?.cancel();
	if (!response.ok) throw new Error(`It answered ${response.status}.`);
}

/** One beat of a socket's heart, without a topic: https://supabase.com/docs/guides/realtime/protocol */
async function beats(url: string, key: string, signal: AbortSignal): Promise<void> {
	const address = `${url.replace(/^http/, 'ws')}/realtime/v1/websocket?apikey=${encodeURIComponent(key)}&vsn=1.0.0`;
	const socket = new WebSocket(address);
	const { promise, resolve, reject } = Promise.withResolvers<undefined>();
	socket.onopen = () => socket.send(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' }));
	socket.onmessage = () => resolve(undefined);
	socket.onerror = () => reject(new Error('No socket could be opened.'));
	socket.onclose = () => reject(new Error('The socket was closed.'));
	try {
		await within(signal, promise);
	} finally {
		socket.onclose = null;
		socket.close();
	}
}

/** What came, unless the signal was earlier. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
	const late = Promise.withResolvers<never>();
	const end = () => late.reject(signal.reason);
	signal.addEventListener('abort', end);
	try {
		return await Promise.race([work, late.promise]);
	} finally {
		signal.removeEventListener('abort', end);
	}
}
