/** Broadcasts that a client wants kept: `persist`, by socket and by HTTP, and their replay. */
import { describe, expect, test } from 'vitest';
import { connect, join, ownRealtime, type Listening } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const own = await ownRealtime(stack);
const { env, sql } = own;
const token = own.token();

const present = { broadcast: { ack: true } };
const again = (topic: string) => join(connect(env, token), topic, { broadcast: { replay: { since: 0, limit: 25 } } });
const events = ({ heard }: Listening) => heard.map(({ event }) => event);
const rows = (topic: string) => sql`select event, private, expires_at from realtime.messages where topic = ${topic}`;

describe('a broadcast to be kept', () => {
	test('is heard once by the others, not by its sender, and again by whoever comes later', async () => {
		const listening = await join(connect(env, token), 'kept');
		const { channel, heard } = await join(connect(env, token), 'kept', present);
		const say = (event: string, rest: object) =>
			channel.send({ type: 'broadcast', event, payload: { event }, ...rest });
		expect(await say('kept', { persist: true })).toBe('ok');
		expect(await say('not kept', {})).toBe('ok');
		expect(await say('a while', { persist: { ttl: 60 } })).toBe('ok');
		await expect.poll(() => events(listening)).toEqual(['kept', 'not kept', 'a while']);
		expect(heard).toEqual([]);

		const later = await again('kept');
		await expect.poll(() => events(later)).toEqual(['kept', 'a while']);
		expect(later.heard[0]).toMatchObject({ payload: { event: 'kept' }, meta: { replayed: true } });
		expect(later.heard[0]?.meta?.id).toBe(listening.heard[0]?.meta?.id);
	});

	test('may be bytes', async () => {
		const { channel } = await join(connect(env, token), 'kept bytes', present);
		const payload = new Uint8Array([0, 1, 255]).buffer;
		expect(await channel.send({ type: 'broadcast', event: 'bytes', payload, persist: true })).toBe('ok');
		const later = await again('kept bytes');
		await expect.poll(() => later.heard.length).toBe(1);
		expect(new Uint8Array(later.heard[0]!.payload as unknown as ArrayBuffer)).toEqual(new Uint8Array([0, 1, 255]));
	});

	test('is forgotten after its time, at first by replays and then by the table', async () => {
		const { channel } = await join(connect(env, token), 'kept briefly', present);
		for (const ttl of [60, 120])
			expect(await channel.send({ type: 'broadcast', event: `${ttl}`, payload: {}, persist: { ttl } })).toBe('ok');
		await sql`
			update realtime.messages set expires_at = expires_at - interval '90 seconds' where topic = 'kept briefly'`;
		const later = await again('kept briefly');
		await expect.poll(() => events(later)).toEqual(['120']);
		await own.restart();
		await expect.poll(async () => (await rows('kept briefly')).map(({ event }) => event)).toEqual(['120']);
	});

	test('is refused for a time that is none, and reaches nobody then', async () => {
		const listening = await join(connect(env, token), 'kept oddly');
		const { channel } = await join(connect(env, token), 'kept oddly', present);
		const refused = 'UnableToPersistMessage: Persist params are not valid';
		for (const ttl of [0, -1, 1.5, 72 * 60 * 60 + 1])
			expect(await channel.send({ type: 'broadcast', event: 'odd', payload: {}, persist: { ttl } })).toBe(refused);
		expect(await channel.send({ type: 'broadcast', event: 'last', payload: {} })).toBe('ok');
		await expect.poll(() => events(listening)).toEqual(['last']);
	});

	test('may come by HTTP, on a private topic', async () => {
		const { channel } = await join(connect(env, token), 'kept http');
		expect(await channel.httpSend('for long', { n: 1 }, { persist: true })).toEqual({ success: true });
		expect(await channel.httpSend('a while', { n: 2 }, { persist: { ttl: 60 } })).toEqual({ success: true });
		expect(await channel.httpSend('not kept', { n: 3 })).toEqual({ success: true });
		const later = await again('kept http');
		await expect.poll(() => events(later)).toEqual(['for long', 'a while']);

		const post = async (query: string) => {
			const url = `${env.SUPABASE_URL}/realtime/v1/api/broadcast/lobby/events/e?${query}`;
			const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
			const response = await fetch(url, { method: 'POST', headers, body: '{}' });
			return { status: response.status, body: (await response.json()) as unknown };
		};
		const because = (sentence: string) => ({ status: 422, body: { errors: { persist: [sentence] } } });
		expect(await post('persist=true')).toEqual(because('Persist is not allowed for public channels'));
		expect(await post('private=true&persist[ttl]=soon')).toEqual(because('Persist params are not valid'));
	});
});
