/** The Realtime server through the gateway, as realtime-js speaks to it, under the project's own policies. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { describe, expect, test } from 'vitest';
import { accessToken, createNumber, createOrganization, createPerson } from '../support/people.ts';
import { connect, join, type Listening } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

const send = (topic: string, event: string, payload: Record<string, string | number>, isPrivate = true) =>
	sql`select realtime.send(${sql.json(payload)}, ${event}, ${topic}, ${isPrivate})`;
const events = ({ heard }: Listening) => heard.map(({ event }) => event);

/** An organization with a number and two people in it. */
async function team() {
	const [noor, maya] = [await createPerson(sql, env), await createPerson(sql, env)];
	const organization = await createOrganization(sql, { owner: noor, members: [{ person: maya, role: 'member' }] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	return { noor, maya, organization: `organization:${organization.id}`, number: `number:${number.id}` };
}

describe('joining', () => {
	test('R1.5 a member may listen to a number; a stranger is refused as hosted refuses', async () => {
		const { noor, number } = await team();
		const stranger = await createPerson(sql, env);
		expect((await join(connect(env, noor.accessToken), number)).status).toBe('SUBSCRIBED');
		expect((await join(connect(env, stranger.accessToken), number)).status).toBe(
			`CHANNEL_ERROR: Unauthorized: You do not have permissions to read from this Channel topic: ${number}`
		);
	});

	test('R1.5 nobody listens without a token, with a forged one, an old one or one that is none', async () => {
		const { noor, number } = await team();
		const status = async (token: string | null) =>
			(
				await join(
					connect(env, () => token),
					number
				)
			).status;
		expect(await status(null)).toMatch(/^CHANNEL_ERROR: Unauthorized: /);
		expect(await status(env.SUPABASE_PUBLISHABLE_KEY)).toMatch(/^CHANNEL_ERROR: Unauthorized: /);
		expect(await status(accessToken('another secret', noor))).toBe(
			'CHANNEL_ERROR: JwtSignatureError: Failed to validate JWT signature'
		);
		expect(await status(accessToken(env.SUPABASE_JWT_SECRET, noor, -60))).toMatch(
			/^CHANNEL_ERROR: InvalidJWTToken: Token has expired 6\d seconds ago$/
		);
		expect(await status('not.a.token')).toBe('CHANNEL_ERROR: MalformedJWT: The token provided is not a valid JWT');
		const [header, body] = noor.accessToken.split('.');
		const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
		expect(await status(`${unsigned}.${body}.`)).toMatch(/JwtSignatureError/);
		expect(await status(`${header}.${body}.`)).toMatch(/JwtSignatureError/);
	});

	test('questions that travel to the database together are answered each for itself', async () => {
		const [one, two] = [await team(), await team()];
		const status = async (person: { accessToken: string }, topic: string) =>
			(await join(connect(env, person.accessToken), topic)).status.slice(0, 10);
		expect(
			await Promise.all([
				status(one.noor, one.number),
				status(two.noor, one.number),
				status(one.noor, two.organization),
				status(two.maya, two.organization),
				status(one.maya, `user:${one.noor.userId}`),
				status(one.noor, `user:${one.noor.userId}`)
			])
		).toEqual(['SUBSCRIBED', 'CHANNEL_ER', 'CHANNEL_ER', 'SUBSCRIBED', 'CHANNEL_ER', 'SUBSCRIBED']);
	});

	test('a topic is never read as SQL, and one that Postgres cannot store harms nobody else', async () => {
		const { noor, number } = await team();
		const client = connect(env, noor.accessToken);
		const statuses = await Promise.all(
			["'; drop table realtime.messages; --", '$realtime$; select 1; $realtime$', 'nul\0', 'half \ud800', number].map(
				async (topic) => (await join(client, topic)).status.split(':', 2).join(':')
			)
		);
		expect(statuses).toEqual([
			'CHANNEL_ERROR: Unauthorized',
			'CHANNEL_ERROR: Unauthorized',
			'CHANNEL_ERROR: TopicNameRequired',
			'CHANNEL_ERROR: TopicNameRequired',
			'SUBSCRIBED'
		]);
	});

	test('changes of tables are not offered, and the refusal says what is', async () => {
		const { noor, number } = await team();
		const { status } = await join(connect(env, noor.accessToken), number, {}, (channel) =>
			channel.on('postgres_changes', { event: '*', schema: 'public' }, () => {})
		);
		expect(status).toMatch(/PostgresChangesUnavailable: .*realtime\.send/);
	});

	test('a socket without the key of the project is not opened', async () => {
		const answer = (path: string) =>
			new Promise<number | undefined>((resolve) => {
				const socket = new WebSocket(`${env.SUPABASE_URL.replace('http', 'ws')}${path}`);
				socket.on('open', () => socket.close());
				socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
				socket.on('error', () => {});
				socket.on('close', () => resolve(101));
			});
		expect(await answer('/realtime/v1/websocket?vsn=2.0.0')).toBe(401);
		expect(await answer('/realtime/v1/websocket?vsn=2.0.0&apikey=sb_publishable_guess')).toBe(401);
		expect(await answer(`/realtime/v1/websocket?vsn=2.0.0&apikey=${env.SUPABASE_PUBLISHABLE_KEY}`)).toBe(101);
	});
});

describe('what the database sends', () => {
	test('reaches everybody on the topic in its order, long or short, and names its row', async () => {
		const { noor, maya, number } = await team();
		const listeners = [
			await join(connect(env, noor.accessToken), number),
			await join(connect(env, maya.accessToken), number),
			await join(connect(env, maya.accessToken, '1.0.0'), number)
		];
		await send(number, 'first', { id: 'a', revision: 1 });
		await send(number, 'long', { text: 'é'.repeat(8000) });
		await send(number, 'last', { id: 'b' });
		for (const listener of listeners) {
			await expect.poll(() => events(listener)).toEqual(['first', 'long', 'last']);
			expect(listener.heard[0]).toMatchObject({ type: 'broadcast', payload: { id: 'a', revision: 1 } });
			expect(listener.heard[1]?.payload.text).toBe('é'.repeat(8000));
			const [row] = await sql`select event from realtime.messages where id = ${listener.heard[2]?.meta?.id ?? ''}`;
			expect(row?.event).toBe('last');
		}
	});

	test('is heard by nobody when its transaction is rolled back, and on no other topic', async () => {
		const { noor, number, organization } = await team();
		const client = connect(env, noor.accessToken);
		const listeners = [await join(client, number), await join(client, organization)];
		await sql
			.begin(async (tx) => {
				await tx`select realtime.send('{"id": "x"}'::jsonb, 'undone', ${number}, true)`;
				throw new Error('rolled back');
			})
			.catch(() => {});
		await send(number, 'done', {});
		await expect.poll(() => events(listeners[0]!)).toEqual(['done']);
		await pause(100);
		expect(listeners.map(events)).toEqual([['done'], []]);
	});

	test('a private topic and a public one of the same name are two', async () => {
		const { noor, number } = await team();
		const inside = await join(connect(env, noor.accessToken), number);
		const outside = await join(
			connect(env, () => null),
			number,
			{ private: false }
		);
		expect(outside.status).toBe('SUBSCRIBED');
		await send(number, 'secret', {});
		await send(number, 'open', {}, false);
		await expect.poll(() => [events(inside), events(outside)]).toEqual([['secret'], ['open']]);
	});
});

describe('what clients send', () => {
	test('R3.3 reaches the colleagues, is acknowledged, and comes back only where that was asked for', async () => {
		const { noor, maya, number } = await team();
		const sender = await join(connect(env, noor.accessToken), number, { broadcast: { ack: true } });
		const echoed = await join(connect(env, noor.accessToken), number, { broadcast: { ack: true, self: true } });
		const others = [
			await join(connect(env, maya.accessToken), number),
			await join(connect(env, maya.accessToken, '1.0.0'), number)
		];
		const say = ({ channel }: Listening, event: string, payload: unknown) =>
			channel.send({ type: 'broadcast', event, payload });
		expect(await say(sender, 'typing', { who: 'Noor ☃' })).toBe('ok');
		expect(await say(echoed, 'echo', {})).toBe('ok');
		expect(await say(sender, 'bytes', new Uint8Array([0, 1, 255]).buffer)).toBe('ok');
		expect(await say(others[1]!, 'old', { from: '1.0.0' })).toBe('ok');
		await expect.poll(() => events(others[0]!)).toEqual(['typing', 'echo', 'bytes', 'old']);
		expect(others[0]?.heard[0]?.payload).toEqual({ who: 'Noor ☃' });
		expect(new Uint8Array(others[0]?.heard[2]?.payload as unknown as ArrayBuffer)).toEqual(new Uint8Array([0, 1, 255]));
		// 1.0.0 has no way to carry bytes
		expect(events(others[1]!)).toEqual(['typing', 'echo']);
		expect(events(sender)).toEqual(['echo', 'old']);
		expect(events(echoed)).toEqual(['typing', 'echo', 'bytes', 'old']);
	});

	test('is dropped where the policies let them listen but not send', async () => {
		const { noor } = await team();
		const topic = `user:${noor.userId}`;
		const here = await join(connect(env, noor.accessToken), topic, { broadcast: { ack: true } });
		const there = await join(connect(env, noor.accessToken), topic);
		const sent = here.channel.send({ type: 'broadcast', event: 'forged', payload: {} }, { timeout: 500 });
		expect(await sent).toBe('timed out');
		expect(await here.channel.track({ online: true })).toBe('error');
		await send(topic, 'read', { id: randomUUID() });
		await expect.poll(() => events(there)).toEqual(['read']);
	});

	test('presence tells newcomers who is there, counts tabs, and notices who leaves', async () => {
		const { noor, maya, number } = await team();
		const present = ({ channel }: Listening) =>
			Object.fromEntries(Object.entries(channel.presenceState()).map(([key, metas]) => [key, metas.length]));
		const tab = (person: { userId: string; accessToken: string }, key = person.userId) =>
			join(connect(env, person.accessToken), number, { presence: { key, enabled: true } });
		const [first, second] = [await tab(noor), await tab(noor)];
		expect(await first.channel.track({ at: 1 })).toBe('ok');
		expect(await second.channel.track({ at: 2 })).toBe('ok');
		const colleague = await tab(maya, '__proto__');
		expect(await colleague.channel.track({ at: 3 })).toBe('ok');
		await expect.poll(() => present(first)[noor.userId]).toBe(2);
		await expect.poll(() => present(colleague)[noor.userId]).toBe(2);
		expect(await first.channel.track({ at: 4 })).toBe('ok');
		await expect
			.poll(() => (colleague.channel.presenceState<{ at: number }>()[noor.userId] ?? []).map(({ at }) => at).sort())
			.toEqual([2, 4]);
		await second.channel.unsubscribe();
		await expect.poll(() => present(colleague)[noor.userId]).toBe(1);
		expect(await first.channel.untrack()).toBe('ok');
		await expect.poll(() => present(colleague)[noor.userId]).toBeUndefined();
	});
});
