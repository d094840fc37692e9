/** What goes wrong around a Realtime server: a database that is away, readers that are slow, frames that are none. */
import { connect as dial, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { plans } from '../../stack/realtime/limits.ts';
import { serve } from '../../stack/realtime/server.ts';
import { createPerson } from '../support/people.ts';
import { connect, join, ownRealtime } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;
const restarting = await ownRealtime(stack);

/** A door in front of the shared database, for one server of our own: shut, it looks like Postgres during a restart. */
const through = new Set<Socket>();
let shut = false;
const database = new URL(env.DATABASE_URL);
const door = createServer((near) => {
	if (shut) return near.destroy();
	const far = dial(Number(database.port), database.hostname);
	for (const socket of [near, far]) through.add(socket.on('error', () => socket.destroy()));
	near.pipe(far).on('close', () => near.destroy());
	far.pipe(near).on('close', () => far.destroy());
});

let server: Awaited<ReturnType<typeof serve>>;
let own: { SUPABASE_URL: string; SUPABASE_PUBLISHABLE_KEY: string };

beforeAll(async () => {
	await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
	const url = new URL(database);
	url.port = String((door.address() as { port: number }).port);
	server = await serve({
		port: 0,
		databaseUrl: url.href,
		jwtSecret: env.SUPABASE_JWT_SECRET,
		publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
		limits: plans.large
	});
	own = { ...env, SUPABASE_URL: `http://127.0.0.1:${server.port}` };
});
afterAll(async () => {
	await server.stop();
	for (const socket of through) socket.destroy();
	door.close();
});

test('when the database was away, channels join again and hear what comes', { timeout: 20_000 }, async () => {
	const person = await createPerson(sql, env);
	const topic = `user:${person.userId}`;
	const there = await join(connect(own, person.accessToken), topic);
	const open = await join(
		connect(own, () => null),
		'lobby',
		{ private: false }
	);

	shut = true;
	for (const socket of through) socket.destroy();
	const during = await join(connect(own, person.accessToken), topic);
	expect(during.status).toMatch(/UnableToConnectToProject/);
	await pause(1500);
	expect(there.log).toEqual(['SUBSCRIBED']);
	shut = false;

	const joined = (log: string[]) => log.filter((line) => line === 'SUBSCRIBED').length;
	for (const [{ log }, times] of [
		[there, 2],
		[open, 2],
		[during, 1]
	] as const)
		await expect.poll(() => joined(log), { timeout: 10_000 }).toBeGreaterThanOrEqual(times);
	for (const { log } of [there, during, open])
		await expect.poll(() => log.at(-1), { timeout: 10_000 }).toBe('SUBSCRIBED');
	await sql`select realtime.send('{}'::jsonb, 'healed', ${topic}, true)`;
	// hints of before, like that of joining the team, may be heard as well
	for (const { heard } of [there, during]) await expect.poll(() => heard.map(({ event }) => event)).toContain('healed');
});

/** A socket that speaks for itself. `closed` has the code with which the server ended it. */
async function raw(): Promise<{ socket: WebSocket; closed: Promise<number>; say: (frame: unknown) => void }> {
	const address = `${own.SUPABASE_URL.replace('http', 'ws')}/websocket?vsn=2.0.0&apikey=${own.SUPABASE_PUBLISHABLE_KEY}`;
	const socket = new WebSocket(address);
	const closed = new Promise<number>((resolve) => socket.on('close', resolve));
	socket.on('error', () => {});
	await new Promise((resolve) => socket.on('open', resolve));
	return { socket, closed, say: (frame) => socket.send(JSON.stringify(frame)) };
}

test('a frame of no version ends its own socket and no other', async () => {
	const other = await join(
		connect(own, () => null),
		'lobby',
		{ private: false }
	);
	const frames = ['{', '[]', '{"topic": 1}', Buffer.from([9]), Buffer.from([3, 0, 0, 255, 0, 0, 1]), Buffer.from([3])];
	for (const frame of frames) {
		const { socket, closed } = await raw();
		socket.send(frame);
		expect(await closed, String(frame)).toBe(1007);
	}
	expect(await other.channel.send({ type: 'broadcast', event: 'hello', payload: {} })).toBe('ok');
});

test('what is said to a topic that was not joined is answered, the heartbeat too', async () => {
	const { socket, say } = await raw();
	const answers: unknown[] = [];
	socket.on('message', (data: Buffer) => answers.push((JSON.parse(data.toString()) as unknown[]).slice(1)));
	say([null, '1', 'phoenix', 'heartbeat', {}]);
	say(['2', '2', 'realtime:elsewhere', 'broadcast', { event: 'x', payload: {} }]);
	say(['3', '3', 'realtime:', 'phx_join', {}]);
	await expect
		.poll(() => answers)
		.toEqual([
			['1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }],
			['2', 'realtime:elsewhere', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } }],
			[
				'3',
				'realtime:',
				'phx_reply',
				{ status: 'error', response: { reason: 'TopicNameRequired: You must provide a topic name' } }
			]
		]);
	socket.close();
});

test('a reader that stops reading is cut; the others hear everything', { timeout: 20_000 }, async () => {
	const slow = await raw();
	slow.say(['1', '1', 'realtime:flood', 'phx_join', { config: {} }]);
	await new Promise((resolve) => slow.socket.once('message', resolve));
	slow.socket.pause();
	const reader = await join(
		connect(own, () => null),
		'flood',
		{ private: false }
	);
	const writer = await join(
		connect(own, () => null),
		'flood',
		{ private: false, broadcast: { ack: true } }
	);
	const payload = { text: 'x'.repeat(200_000) };
	for (let n = 0; n < 100; n++) await writer.channel.send({ type: 'broadcast', event: 'block', payload });
	await expect.poll(() => reader.heard.length).toBe(100);
	slow.socket.resume();
	expect(await slow.closed).toBe(1006);
});

test('a tab that crashes is no longer there', async () => {
	const witness = await join(
		connect(own, () => null),
		'room',
		{ private: false, presence: { key: 'witness', enabled: true } },
		(channel) => channel.on('presence', { event: 'sync' }, () => {})
	);
	const { socket, say } = await raw();
	say(['1', '1', 'realtime:room', 'phx_join', { config: { presence: { key: 'tab', enabled: true } } }]);
	await new Promise((resolve) => socket.once('message', resolve));
	say(['1', '2', 'realtime:room', 'presence', { type: 'presence', event: 'track', payload: { at: 1 } }]);
	await expect.poll(() => Object.keys(witness.channel.presenceState())).toEqual(['tab']);
	// no close frame, no leave: as when the process dies
	socket.terminate();
	await expect.poll(() => Object.keys(witness.channel.presenceState())).toEqual([]);
});

test('older messages of a public channel are not to be had', async () => {
	const { socket, say } = await raw();
	const answer = new Promise((resolve) =>
		socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())))
	);
	say(['1', '1', 'realtime:lobby', 'phx_join', { config: { broadcast: { replay: { since: 0 } } } }]);
	const reason = 'UnableToReplayMessages: Replay is not allowed for public channels';
	expect(await answer).toEqual(['1', '1', 'realtime:lobby', 'phx_reply', { status: 'error', response: { reason } }]);
	socket.close();
});

test('when the server restarts, channels join again and hear what comes', { timeout: 20_000 }, async () => {
	const { env: address, sql: database, token, restart } = restarting;
	const clients = [
		await join(connect(address, token()), 'news'),
		await join(connect(address, token(), '1.0.0'), 'news')
	];
	await restart(500);
	for (const { log } of clients) {
		await expect
			.poll(() => log.filter((line) => line === 'SUBSCRIBED'), { timeout: 15_000 })
			.toEqual(['SUBSCRIBED', 'SUBSCRIBED']);
	}
	await database`select realtime.send('{}'::jsonb, 'healed', 'news', true)`;
	for (const { heard } of clients) await expect.poll(() => heard.map(({ event }) => event)).toEqual(['healed']);
});
