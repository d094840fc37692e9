/** Hosted's limits and hosted's words for them: a server whose limits are small. */
import { describe, expect, test } from 'vitest';
import { limitsFrom, plans } from '../../stack/realtime/limits.ts';
import { Rate } from '../../stack/realtime/rates.ts';
import { connect, join, ownRealtime } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const patient = { timeout: 5000, interval: 50 };

test('limits are a hosted plan’s, and single ones can be set', () => {
	expect(limitsFrom({})).toEqual(plans.pro);
	expect(limitsFrom({ REALTIME_PLAN: 'free' })).toMatchObject({ connections: 200, payloadKilobytes: 256 });
	const set = limitsFrom({ REALTIME_LIMITS: '{"messagesPerSecond": 7}' });
	expect(set).toEqual({ ...plans.pro, messagesPerSecond: 7 });
	expect(() => limitsFrom({ REALTIME_PLAN: 'enormous' })).toThrow();
	expect(() => limitsFrom({ REALTIME_LIMITS: '{"wishes": 3}' })).toThrow();
});

test('a rate is the mean of the last minute: a burst is forgiven, a flood is not, and both are forgotten', () => {
	const rate = new Rate(10);
	const second = (count: number) => {
		rate.add(count);
		rate.tick();
	};
	for (let n = 0; n < 59; n++) second(0);
	second(500);
	expect(rate.reached).toBe(false);
	second(100);
	expect(rate.mean).toBe(10);
	expect(rate.reached).toBe(true);
	for (let n = 0; n < 60; n++) second(0);
	expect(rate.reached).toBe(false);
});

describe('a channel and a connection', async () => {
	const limits = { channelsPerConnection: 3, connections: 2, payloadKilobytes: 1, presenceCalls: 3 };
	const { env, token } = await ownRealtime(stack, { limits });

	test('has so many channels and no more; a left one makes room', async () => {
		const client = connect(env, token());
		const joined = [await join(client, 'a'), await join(client, 'b'), await join(client, 'c')];
		expect(joined.map(({ status }) => status)).toEqual(['SUBSCRIBED', 'SUBSCRIBED', 'SUBSCRIBED']);
		expect((await join(client, 'd')).status).toBe('CHANNEL_ERROR: ChannelRateLimitReached: Too many channels');
		await joined[0]?.channel.unsubscribe();
		expect((await join(client, 'e')).status).toBe('SUBSCRIBED');
	});

	test('is one of so many', async () => {
		const clients = [connect(env, token()), connect(env, token()), connect(env, token())];
		const status = async (n: number) => (await join(clients[n]!, 'a')).status;
		expect(await status(0)).toBe('SUBSCRIBED');
		expect(await status(1)).toBe('SUBSCRIBED');
		expect(await status(2)).toBe('CHANNEL_ERROR: ConnectionRateLimitReached: Too many connected users');
		await clients[0]?.disconnect();
		let tries = 0;
		await expect.poll(async () => (await join(clients[2]!, `b ${tries++}`)).status, patient).toBe('SUBSCRIBED');
	});

	test('a broadcast that is too large is refused where it is acknowledged, and reaches nobody', async () => {
		const other = await join(connect(env, token()), 'size');
		const { channel } = await join(connect(env, token()), 'size', { broadcast: { ack: true } });
		const say = (length: number) =>
			channel.send({ type: 'broadcast', event: String(length), payload: { text: 'x'.repeat(length) } });
		expect(await say(1500)).toBe('error');
		expect(await say(1000)).toBe('ok');
		await expect.poll(() => other.heard.map(({ event }) => event)).toEqual(['1000']);
	});

	test('who changes their presence too often, or too largely, is closed', async () => {
		const present = { presence: { key: 'me', enabled: true } };
		const busy = await join(connect(env, token()), 'presence', present);
		for (let n = 0; n < 3; n++) expect(await busy.channel.track({ n })).toBe('ok');
		void busy.channel.track({ n: 4 });
		await expect.poll(() => busy.log).toEqual(['SUBSCRIBED', 'Client presence rate limit exceeded', 'CLOSED']);
		const large = await join(connect(env, token()), 'presence', present);
		void large.channel.track({ text: 'x'.repeat(2000) });
		await expect.poll(() => large.log).toEqual(['SUBSCRIBED', 'Track message size exceeded', 'CLOSED']);
	});

	test('a presence says at most ten things of itself, and is refused with more', async () => {
		const { channel, log } = await join(connect(env, token()), 'detailed', { presence: { key: 'me', enabled: true } });
		const details = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key ${n}`, n]));
		expect(await channel.track(details(10))).toBe('ok');
		expect(await channel.track(details(11))).toBe('error');
		expect(Object.keys(channel.presenceState().me?.[0] ?? {})).toHaveLength(11); // ten, and its reference
		expect(log).toEqual(['SUBSCRIBED']);
	});
});

describe('a project that does too much', async () => {
	const limits = { messagesPerSecond: 5, joinsPerSecond: 1000, presencePerSecond: 3 };

	test('of messages: those who hear them are closed, and broadcasts over HTTP are told to wait', async () => {
		const { env, sql, token } = await ownRealtime(stack, { limits });
		const listening = await join(connect(env, token()), 'flood');
		const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
		const post = async (path: string, body: unknown) => {
			const init = { method: 'POST', headers, body: JSON.stringify(body) };
			const response = await fetch(`${env.SUPABASE_URL}/realtime/v1/api/broadcast${path}`, init);
			return { status: response.status, body: await response.text() };
		};
		const message = { topic: 'elsewhere', event: 'e', payload: {} };
		expect(await post('', { messages: Array.from({ length: 6 }, () => message) })).toEqual({
			status: 429,
			body: '{"message":"Too many messages to broadcast, please reduce the batch size"}'
		});
		for (let n = 0; n < 40; n++) await sql`select realtime.send('{}'::jsonb, 'drop', 'flood', true)`;
		await expect
			.poll(async () => {
				await sql`select realtime.send('{}'::jsonb, 'drop', 'flood', true)`;
				return listening.log;
			}, patient)
			.toEqual(['SUBSCRIBED', 'Too many messages per second', 'CLOSED']);
		const wait = { status: 429, body: '{"message":"You have exceeded your rate limit"}' };
		expect(await post('/elsewhere/events/e', {})).toEqual(wait);
		expect(await post('', { messages: [message] })).toEqual({ ...wait, body: expect.stringMatching(/exceeded|batch/) });
	});

	test('of joins: who comes next is refused and loses the socket', async () => {
		const { env, token } = await ownRealtime(stack, {
			limits: { ...limits, joinsPerSecond: 2, channelsPerConnection: 1000 }
		});
		const client = connect(env, token());
		let reason = '';
		for (let n = 0; reason === ''; n++) {
			const { status } = await join(client, `topic ${n}`);
			if (status !== 'SUBSCRIBED') reason = status;
		}
		expect(reason).toBe('CHANNEL_ERROR: ClientJoinRateLimitReached: Too many joins per second');
		await expect.poll(() => client.isConnected(), patient).toBe(false);
	});

	test('of presence: who adds to it is closed', async () => {
		const { env, token } = await ownRealtime(stack, {
			limits: { ...limits, presenceCalls: 1000 }
		});
		const present = { presence: { key: 'me', enabled: true } };
		const { channel, log } = await join(connect(env, token()), 'crowd', present);
		let at = 0;
		await expect
			.poll(async () => {
				void channel.track({ at: ++at });
				return log.at(1);
			}, patient)
			.toBe('Too many presence messages per second');
	});
});
