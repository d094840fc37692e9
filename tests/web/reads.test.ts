import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as reads from '#lib/realtime/reads.ts';
import { ReadRefused, Rest } from '#lib/realtime/rest.ts';
import { SessionEnded, SessionToken, Unreachable } from '#lib/realtime/session-token.ts';
import { message } from './conversation-rows.ts';

type Answer = Response | Error | ((url: URL, init: RequestInit) => Response);

/** A network that answers as told: the app's token first, then what the test wants from the database. */
function network(answer: Answer, token: Answer = () => Response.json({ access_token: 'token', expires_at: 4e9 })) {
	const asked: { url: URL; headers: Headers }[] = [];
	const fetch: typeof globalThis.fetch = async (input, init = {}) => {
		const url = new URL(String(input), 'https://app.example');
		asked.push({ url, headers: new Headers(init.headers) });
		const given = url.pathname === '/session/token' ? token : answer;
		if (given instanceof Error) throw given;
		return typeof given === 'function' ? given(url, init) : given.clone();
	};
	let ended = 0;
	const session = new SessionToken({ fetch, onended: () => (ended += 1) });
	const rest = new Rest({ project: { url: 'https://db.example', key: 'sb_publishable_x' }, token: session, fetch });
	return { asked, session, rest, ended: () => ended };
}

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 * 1000 }));
afterEach(() => vi.useRealTimers());

test('R1.5 a read carries the publishable key, the person’s token and the schema, and no cookie’s secret', async () => {
	const { asked, rest } = network(Response.json([{ id: 1 }]));
	expect(await rest.read('messages', { seq: 'lt.4' })).toEqual([{ id: 1 }]);
	const { url, headers } = asked.at(-1)!;
	expect(url.href).toBe('https://db.example/rest/v1/messages?seq=lt.4');
	expect(Object.fromEntries(headers)).toEqual({
		apikey: 'sb_publishable_x',
		authorization: 'Bearer token',
		'accept-profile': 'api'
	});
});

test('a token is asked for once and kept until shortly before its end', async () => {
	let given = 0;
	const { session } = network(Response.json([]), () =>
		Response.json({ access_token: `token ${(given += 1)}`, expires_at: Date.now() / 1000 + 300 })
	);
	expect(await Promise.all([session.get(), session.get(), session.get()])).toEqual(['token 1', 'token 1', 'token 1']);
	vi.advanceTimersByTime(200_000);
	expect(await session.get()).toBe('token 1');
	vi.advanceTimersByTime(20_000);
	expect(await session.get()).toBe('token 2');
});

test('R1.6 R1.7 an ended session is told of, whoever notices it', async () => {
	const { session, ended } = network(Response.json([]), Response.json({}, { status: 401 }));
	await expect(session.get()).rejects.toThrow(SessionEnded);
	expect(ended()).toBe(1);

	const other = network(Response.json({}, { status: 401 }));
	await expect(other.rest.read('messages', {})).rejects.toThrow(SessionEnded);
	expect(other.asked.filter(({ url }) => url.pathname === '/session/token')).toHaveLength(2);
});

test('R1.6 an answer that was on its way before the person signed in again ends nothing', async () => {
	let asks = 0;
	const { session, ended } = network(Response.json([]), () =>
		(asks += 1) === 1
			? Response.json({ expired: true }, { status: 401 })
			: Response.json({ access_token: 'new', expires_at: 4e9 })
	);
	const asked = session.get();
	session.resume();
	expect(await asked).toBe('new');
	expect(ended()).toBe(0);

	// the answer has begun, its words come later
	const { promise: words, resolve: say } = Promise.withResolvers<string>();
	asks = 0;
	const slow = network(Response.json([]), () => {
		if ((asks += 1) > 1) return Response.json({ access_token: 'newer', expires_at: 4e9 });
		const body = new ReadableStream<Uint8Array>({
			async pull(controller) {
				controller.enqueue(new TextEncoder().encode(await words));
				controller.close();
			}
		});
		return new Response(body, { status: 401 });
	});
	const begun = slow.session.get();
	await vi.advanceTimersByTimeAsync(0);
	slow.session.resume();
	say('{"expired": true}');
	expect(await begun).toBe('newer');
	expect(slow.ended()).toBe(0);
});

test('no network, a server in trouble and a refusal are told apart', async () => {
	const read = (answer: Answer) => network(answer).rest.read('messages', {});
	await expect(read(new TypeError('failed to fetch'))).rejects.toThrow(Unreachable);
	await expect(read(new Response('<h1>Bad gateway</h1>', { status: 502 }))).rejects.toThrow(Unreachable);
	await expect(read(new Response('<h1>Welcome to this hotel</h1>'))).rejects.toThrow(Unreachable);
	await expect(read(Response.json({ message: 'not_found' }, { status: 404 }))).rejects.toThrow(
		new ReadRefused('not_found')
	);
	await expect(read(new Response('?', { status: 400 }))).rejects.toThrow(new ReadRefused('internal'));
});

test('everything that changed after a revision is read, however many pages it takes', async () => {
	const all = Array.from({ length: 450 }, (_, at) => message({ seq: at + 1, revision: at + 1 }));
	const { rest, asked } = network((url) => {
		const after = Number(url.searchParams.get('revision')?.slice('gt.'.length));
		return Response.json(all.slice(after, after + Number(url.searchParams.get('limit'))));
	});
	expect(await reads.messagesAfter(rest, 'conversation', 10)).toEqual(all.slice(10));
	expect(asked.filter(({ url }) => url.pathname.endsWith('/messages'))).toHaveLength(3);
});

test('a page of older texts comes in reading order', async () => {
	const { rest } = network(Response.json([message({ seq: 3 }), message({ seq: 2 })]));
	expect((await reads.messagesBefore(rest, 'conversation', 4)).map(({ seq }) => seq)).toEqual([2, 3]);
});
