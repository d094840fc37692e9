/** Broadcasts that come by HTTP, through the gateway, under the project's own policies. */
import { describe, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import { connect, join } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;
const { SUPABASE_PUBLISHABLE_KEY: publishable, SUPABASE_SECRET_KEY: secret } = env;

type Request = { body?: unknown; key?: string | null; token?: string; type?: string };

async function post(path: string, { body = {}, key = publishable, token, type = 'application/json' }: Request = {}) {
	const headers: Record<string, string> = { 'content-type': type };
	if (key) headers.apikey = key;
	if (token) headers.authorization = `Bearer ${token}`;
	const response = await fetch(`${env.SUPABASE_URL}/realtime/v1/api/broadcast${path}`, {
		method: 'POST',
		headers,
		body: body instanceof Uint8Array || typeof body === 'string' ? (body as BodyInit) : JSON.stringify(body)
	});
	const text = await response.text();
	return { status: response.status, body: text ? (JSON.parse(text) as unknown) : '' };
}

const accepted = { status: 202, body: '' };

async function team() {
	const [owner, stranger] = [await createPerson(sql, env), await createPerson(sql, env)];
	const organization = await createOrganization(sql, { owner, members: [] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	const topic = `number:${number.id}`;
	const listening = [
		await join(connect(env, owner.accessToken), topic),
		await join(connect(env, owner.accessToken, '1.0.0'), topic)
	];
	return { owner, stranger, topic, listening, path: `/${encodeURIComponent(topic)}/events/news` };
}

describe('one message', () => {
	test('reaches a private topic from whoever may write there, as it came', async () => {
		const { owner, listening, path } = await team();
		expect(await post(`${path}?private=true`, { token: owner.accessToken, body: { text: 'é' } })).toEqual(accepted);
		for (const { heard } of listening)
			await expect.poll(() => heard).toEqual([{ type: 'broadcast', event: 'news', payload: { text: 'é' } }]);
	});

	test('is refused to whoever may not, and is never heard', async () => {
		const { owner, stranger, listening, path } = await team();
		const unauthorized = { status: 403, body: { message: 'Unauthorized' } };
		expect(await post(`${path}?private=true`, { token: stranger.accessToken })).toEqual(unauthorized);
		expect(await post(`${path}?private=true`)).toEqual(unauthorized);
		// a public message of the same name goes elsewhere
		expect(await post(path)).toEqual(accepted);
		expect(await post(`${path}?private=true`, { token: owner.accessToken, body: { last: 1 } })).toEqual(accepted);
		for (const { heard } of listening)
			await expect.poll(() => heard.map(({ payload }) => payload)).toEqual([{ last: 1 }]);
	});

	test('may be bytes, which 1.0.0 cannot carry; what is no object is wrapped', async () => {
		const { owner, listening, path } = await team();
		const send = (body: unknown, type: string) =>
			post(`${path}?private=true`, { token: owner.accessToken, body, type });
		expect(await send(new Uint8Array([0, 1, 255]), 'application/octet-stream')).toEqual(accepted);
		expect(await send('[1, 2]', 'application/json; charset=utf-8')).toEqual(accepted);
		await expect.poll(() => listening[0]?.heard.length).toBe(2);
		expect(new Uint8Array(listening[0]?.heard[0]?.payload as unknown as ArrayBuffer)).toEqual(
			new Uint8Array([0, 1, 255])
		);
		for (const { heard } of listening) await expect.poll(() => heard.at(-1)?.payload).toEqual({ _json: [1, 2] });
		expect(listening[1]?.heard).toHaveLength(1);
	});

	test('comes with the secret key past all policies, as from a server', async () => {
		const { listening, path } = await team();
		expect(await post(`${path}?private=true`, { key: secret })).toEqual(accepted);
		await expect.poll(() => listening[0]?.heard.length).toBe(1);
	});

	test('is refused for what is wrong with it', async () => {
		expect(await post('/lobby/events/e', { type: 'text/plain', body: 'hello' })).toEqual({
			status: 415,
			body: { error: 'Unsupported Media Type. Use application/json or application/octet-stream' }
		});
		expect(await post('/lobby/events/e', { body: '{' })).toMatchObject({ status: 400 });
		expect(await post('/%E0%A4%A/events/e')).toMatchObject({ status: 400 });
		expect(await post('/nul%00/events/e')).toMatchObject({ status: 422 });
		expect(await post('/lobby/events')).toMatchObject({ status: 404 });
		expect(await post('/lobby/events/e', { body: { text: 'x'.repeat(3_001_000) } })).toEqual({
			status: 422,
			body: { errors: { payload: ['Payload size exceeds tenant limit'] } }
		});
		expect(await post('/lobby/events/e', { type: 'application/octet-stream', body: 'x'.repeat(9_000_000) })).toEqual({
			status: 413,
			body: { message: 'Request Entity Too Large' }
		});
	});
});

describe('a batch', () => {
	test('goes to its topics; what the sender may not write is dropped without a word', async () => {
		const [ours, theirs] = [await team(), await team()];
		const lobby = await join(
			connect(env, () => null),
			`lobby ${ours.topic}`,
			{ private: false }
		);
		const to = (topic: string, n: number, isPrivate?: boolean) => ({
			topic,
			event: 'news',
			payload: { n },
			private: isPrivate
		});
		const messages = [
			to(theirs.topic, 1, true),
			to(ours.topic, 2, true),
			to(ours.topic, 3),
			to(`lobby ${ours.topic}`, 4),
			to(ours.topic, 5, true)
		];
		expect(await post('', { token: ours.owner.accessToken, body: { messages } })).toEqual(accepted);
		for (const { heard } of ours.listening)
			await expect.poll(() => heard.map(({ payload }) => payload.n)).toEqual([2, 5]);
		await expect.poll(() => lobby.heard.map(({ payload }) => payload.n)).toEqual([4]);
		for (const { heard } of theirs.listening) expect(heard).toEqual([]);
	});

	test('says what is wrong, message by message', async () => {
		const blank = ["can't be blank"];
		expect(await post('', { body: {} })).toEqual({ status: 422, body: { errors: { messages: blank } } });
		expect(await post('', { body: { messages: [{ topic: 'a', event: 'e', payload: {} }, { topic: 'a' }] } })).toEqual({
			status: 422,
			body: { errors: { messages: [{}, { event: blank, payload: blank }] } }
		});
		expect(await post('', { body: 'nonsense' })).toMatchObject({ status: 400 });
	});
});

test('nobody broadcasts without a key, with another one, or with a token that is none', async () => {
	expect(await post('/lobby/events/e', { key: null })).toEqual({
		status: 401,
		body: { message: 'No API key found in request' }
	});
	expect(await post('', { key: 'sb_publishable_guess' })).toEqual({
		status: 401,
		body: { message: 'Invalid API key' }
	});
	expect(await post('/lobby/events/e', { token: 'not.a.token' })).toEqual({
		status: 401,
		body: { message: 'Unauthorized' }
	});
	const { owner } = await team();
	expect(await post('/lobby/events/e', { token: `${owner.accessToken}x` })).toMatchObject({ status: 401 });
	// supabase-js sends its key as the bearer where nobody is signed in
	expect(await post('/lobby/events/e', { token: publishable })).toEqual(accepted);
});

test('a browser of another origin may ask', async () => {
	const preflight = await fetch(`${env.SUPABASE_URL}/realtime/v1/api/broadcast`, {
		method: 'OPTIONS',
		headers: { origin: 'https://app.example', 'access-control-request-headers': 'apikey,authorization' }
	});
	expect(preflight.status).toBe(204);
	expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
});
