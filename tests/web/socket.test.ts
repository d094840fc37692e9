import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Frame, Hint, Status } from '#lib/realtime/channel.ts';
import { Socket } from '#lib/realtime/socket.ts';

/** A socket whose other end the test holds. */
class FakeWire {
	static readonly OPEN = 1;
	static all: FakeWire[] = [];
	readyState = 0;
	sent: Frame[] = [];
	onopen: (() => void) | null = null;
	onclose: (() => void) | null = null;
	onmessage: ((message: { data: string }) => void) | null = null;
	address: string;
	constructor(address: string) {
		this.address = address;
		FakeWire.all.push(this);
	}
	send(text: string) {
		this.sent.push(JSON.parse(text) as Frame);
	}
	close() {
		this.readyState = 3;
	}
	open() {
		this.readyState = 1;
		this.onopen?.();
	}
	say(frame: Partial<Frame>) {
		this.onmessage?.({ data: JSON.stringify({ payload: {}, ref: null, ...frame }) });
	}
	answer(event: string, status = 'ok') {
		const asked = this.sent.findLast((frame) => frame.event === event)!;
		this.say({ ...asked, event: 'phx_reply', payload: { status } });
	}
	events = () => this.sent.map(({ event }) => event);
}

let token = 'first';
const told = { beats: 0, statuses: [] as Status[], hints: [] as Hint[], here: [] as (readonly string[])[] };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const last = () => FakeWire.all.at(-1)!;

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('WebSocket', FakeWire);
	FakeWire.all = [];
	token = 'first';
	Object.assign(told, { beats: 0, statuses: [], hints: [], here: [] });
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function joined() {
	const socket = new Socket({
		url: 'wss://db.example/realtime/v1',
		key: 'sb_publishable_x',
		token: () => Promise.resolve(token),
		onbeat: () => (told.beats += 1)
	});
	const channel = socket.join('number:1', {
		onstatus: (status) => told.statuses.push(status),
		onhint: (hint) => told.hints.push(hint),
		onhere: (keys) => told.here.push(keys)
	});
	last().open();
	await pass(0);
	last().answer('phx_join');
	return { socket, channel };
}

test('a private topic is joined with a token, and the server is asked every 15 s whether it still hears us', async () => {
	await joined();
	expect(last().address).toBe('wss://db.example/realtime/v1/websocket?apikey=sb_publishable_x&vsn=1.0.0');
	expect(last().sent[0]).toMatchObject({
		topic: 'realtime:number:1',
		payload: { access_token: 'first', config: { private: true } }
	});
	expect(told.statuses).toEqual(['joined']);
	await pass(15_000);
	last().answer('heartbeat');
	expect(told.beats).toBe(1);
	expect(last().events()).toEqual(['phx_join', 'heartbeat']);
});

test('a socket that no longer answers is thrown away for another', async () => {
	await joined();
	await pass(30_000);
	expect(told.statuses).toEqual(['joined', 'lost']);
	expect(last().readyState).toBe(3);
	await pass(1000);
	expect(FakeWire.all).toHaveLength(2);
	last().open();
	await pass(0);
	last().answer('phx_join');
	expect(told.statuses).toEqual(['joined', 'lost', 'joined']);
	// and one that never opens as well
	last().onclose?.();
	await pass(12_000);
	expect(FakeWire.all.length).toBeGreaterThan(3);
});

test('a newer token reaches the server with the next beat, once', async () => {
	await joined();
	token = 'second';
	await pass(15_000);
	last().answer('heartbeat');
	await pass(15_000);
	expect(
		last()
			.sent.filter(({ event }) => event === 'access_token')
			.map(({ payload }) => payload)
	).toEqual([{ access_token: 'second' }]);
});

test('a join without an answer is tried again; a topic the server closed is not', async () => {
	const { socket } = await joined();
	const join_ref = last().sent[0]?.ref ?? null;
	last().say({ topic: 'realtime:number:1', event: 'phx_error', join_ref });
	await pass(1000);
	expect(last().events()).toEqual(['phx_join', 'phx_join']);
	// what the join before still says is nothing
	last().say({ topic: 'realtime:number:1', event: 'phx_close', join_ref });
	await pass(10_000);
	expect(last().events().slice(2)).toEqual(['phx_leave']);
	await pass(2500);
	last().answer('phx_join');
	expect(told.statuses).toEqual(['joined', 'lost', 'lost', 'joined']);
	last().say({ topic: 'realtime:number:1', event: 'phx_close', join_ref: last().sent.at(-1)?.join_ref ?? null });
	await pass(10_000);
	expect(told.statuses.at(-1)).toBe('closed');
	expect(
		last()
			.events()
			.filter((event) => event === 'phx_join')
	).toHaveLength(3);
	socket.disconnect();
	await pass(60_000);
	expect(FakeWire.all).toHaveLength(1);
});

test('what the server says before it told who is here is in what it tells then', async () => {
	await joined();
	const say = (event: string, payload: Frame['payload']) => last().say({ topic: 'realtime:number:1', event, payload });
	const page = (phx_ref: string) => ({ metas: [{ phx_ref }] });
	say('presence_diff', { joins: { noor: page('a') }, leaves: {} });
	say('presence_state', { noor: page('a') });
	say('presence_diff', { joins: { noor: page('b') }, leaves: { noor: page('a') } });
	say('presence_diff', { joins: {}, leaves: { noor: page('b') } });
	expect(told.here).toEqual([['noor'], ['noor'], []]);
});
