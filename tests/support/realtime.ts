/** A person's Realtime connection as the app has it, and what a test wants to see of it. */
import { RealtimeClient, type RealtimeChannel, type RealtimeChannelOptions } from '@supabase/realtime-js';
import { onTestFinished } from 'vitest';

type Address = { SUPABASE_URL: string; SUPABASE_PUBLISHABLE_KEY: string };

/** A broadcast as it arrived. */
export type Heard = { event: string; payload: Record<string, unknown>; meta?: { id: string } };

/** A joined channel: its broadcasts, its statuses (`SUBSCRIBED`, `CHANNEL_ERROR: why` …) and the server's own words, in order. */
export type Listening = { channel: RealtimeChannel; heard: Heard[]; log: string[] };

/** Opens a connection that brings this token (a function may bring another one later). It ends with the test. */
export function connect(env: Address, token: string | (() => string | null), vsn = '2.0.0'): RealtimeClient {
	const client = new RealtimeClient(`${env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`, {
		params: { apikey: env.SUPABASE_PUBLISHABLE_KEY },
		accessToken: async () => (typeof token === 'string' ? token : token()),
		timeout: 5000,
		vsn
	});
	onTestFinished(async () => {
		await client.disconnect();
	});
	return client;
}

/** Joins a topic, private unless the config says otherwise, and answers with the first status. */
export async function join(
	client: RealtimeClient,
	topic: string,
	config: RealtimeChannelOptions['config'] = {},
	prepare: (channel: RealtimeChannel) => void = () => {}
): Promise<Listening & { status: string }> {
	// as the app has to: without it the first join carries no token
	await client.setAuth();
	const channel = client.channel(topic, { config: { private: true, ...config } });
	const heard: Heard[] = [];
	const log: string[] = [];
	channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Heard));
	channel.on('system', {}, (message: { message: string }) => log.push(message.message));
	prepare(channel);
	const status = await new Promise<string>((resolve) =>
		channel.subscribe((name, error) => {
			log.push(error ? `${name}: ${error.message}` : name);
			resolve(log.at(-1) ?? '');
		})
	);
	return { channel, heard, log, status };
}
