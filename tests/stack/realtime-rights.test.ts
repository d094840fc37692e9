/** Rights by extension, and what losing one does: a server whose policies read the rights out of the token. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { policies } from '../../stack/realtime/policies.ts';
import { verifyToken } from '../../stack/realtime/token.ts';
import { connect, join, ownRealtime, rightsOfToken } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const own = await ownRealtime(stack, { policies: rightsOfToken });
const { env, sql } = own;
const withRights = (rights: string) => own.token({ rights });
const present = { presence: { key: 'me', enabled: true } };

test('reading and writing are asked for broadcast and presence apart, whatever the combination', async () => {
	const ask = policies(sql);
	const kinds = ['broadcast:read', 'broadcast:write', 'presence:read', 'presence:write'];
	const combinations = Array.from({ length: 16 }, (_, n) => kinds.filter((_kind, bit) => n & (1 << bit)));
	await Promise.all(
		combinations.map(async (given) => {
			const rights = await ask(verifyToken(withRights(given.join(' ')), stack.env.SUPABASE_JWT_SECRET, 0), 'room');
			const allowed = kinds.filter((kind) => {
				const [extension, action] = kind.split(':') as ['broadcast' | 'presence', 'read' | 'write'];
				return rights[extension][action];
			});
			expect(allowed).toEqual(given);
		})
	);
	expect(await sql`select id from realtime.messages`).toHaveLength(0);
});

test('who may only read broadcasts hears them, is told of nobody, and says nothing', async () => {
	const all = await join(connect(env, withRights('broadcast:read broadcast:write presence:read presence:write')), 'a');
	await all.channel.track({ here: true });
	const { channel, heard, status } = await join(connect(env, withRights('broadcast:read')), 'a', {
		...present,
		broadcast: { ack: true }
	});
	expect(status).toBe('SUBSCRIBED');
	expect(await channel.send({ type: 'broadcast', event: 'forged', payload: {} }, { timeout: 300 })).toBe('timed out');
	expect(await channel.track({ here: true })).toBe('error');
	expect(await all.channel.send({ type: 'broadcast', event: 'hello', payload: {} })).toBe('ok');
	await expect.poll(() => heard.map(({ event }) => event)).toEqual(['hello']);
	expect(channel.presenceState()).toEqual({});
	expect(all.heard).toEqual([]);
});

test('who may only read presence has to ask for it, and then hears no broadcast', async () => {
	const reader = withRights('presence:read');
	expect((await join(connect(env, reader), 'b')).status).toMatch(/Unauthorized/);
	const { channel, heard, status } = await join(connect(env, reader), 'b', present);
	expect(status).toBe('SUBSCRIBED');
	const other = await join(connect(env, withRights('broadcast:read broadcast:write presence:write')), 'b', {
		presence: { key: 'other' },
		broadcast: { ack: true }
	});
	expect(await other.channel.track({ at: 1 })).toBe('ok');
	expect(await other.channel.send({ type: 'broadcast', event: 'hello', payload: {} })).toBe('ok');
	await expect.poll(() => Object.keys(channel.presenceState())).toEqual(['other']);
	expect(heard).toEqual([]);
	// who may track but not read presence is told of nobody, not even of themselves
	expect(other.channel.presenceState()).toEqual({});
});

test('who may only write cannot join', async () => {
	const writer = withRights('broadcast:write presence:write');
	expect((await join(connect(env, writer), 'c', present)).status).toMatch(/^CHANNEL_ERROR: Unauthorized/);
});

test('a refresh that takes a right closes the channels that used it, and no other', async () => {
	const all = 'broadcast:read broadcast:write presence:read presence:write';
	let token = withRights(all);
	const client = connect(env, () => token);
	const plain = await join(client, 'd', { broadcast: { ack: true } });
	const seeing = await join(client, 'e', present);
	const open = await join(client, 'lobby', { private: false });
	const witness = await join(connect(env, withRights(all)), 'd');
	const tell = (event: string) => sql`select realtime.send('{}'::jsonb, ${event}, 'd', true)`;

	token = withRights('broadcast:read broadcast:write presence:write');
	await client.setAuth();
	await expect
		.poll(() => seeing.log)
		.toEqual(['SUBSCRIBED', 'You no longer have permission to read from this Channel topic: e', 'CLOSED']);
	await tell('one');
	await expect.poll(() => plain.heard.length).toBe(1);

	token = withRights('broadcast:read');
	await client.setAuth();
	await tell('two');
	await expect.poll(() => plain.heard.length).toBe(2);
	expect(await plain.channel.send({ type: 'broadcast', event: 'x', payload: {} }, { timeout: 300 })).toBe('timed out');
	expect(plain.log).toEqual(['SUBSCRIBED']);

	token = withRights('presence:read presence:write broadcast:write');
	await client.setAuth();
	await expect
		.poll(() => plain.log)
		.toEqual(['SUBSCRIBED', 'You no longer have permission to read from this Channel topic: d', 'CLOSED']);
	await tell('three');
	await expect.poll(() => witness.heard.length).toBe(3);
	expect(plain.heard).toHaveLength(2);
	expect(open.log).toEqual(['SUBSCRIBED']);
	expect(open.channel.socket.isConnected()).toBe(true);
});

test('a refreshed token that is none closes the channel with the reason', async () => {
	let token = withRights('broadcast:read');
	const client = connect(env, () => token);
	const { log } = await join(client, 'f');
	token = `${token.slice(0, -4)}AAAA`;
	await client.setAuth();
	await expect.poll(() => log).toEqual(['SUBSCRIBED', 'Failed to validate JWT signature', 'CLOSED']);
});

test('a key in the place of a token changes nothing', async () => {
	let token = withRights('broadcast:read');
	const client = connect(env, () => token);
	const { log, heard } = await join(client, 'g');
	token = env.SUPABASE_PUBLISHABLE_KEY;
	await client.setAuth();
	await pause(100);
	await sql`select realtime.send('{}'::jsonb, 'still', 'g', true)`;
	await expect.poll(() => heard.length).toBe(1);
	expect(log).toEqual(['SUBSCRIBED']);
});
