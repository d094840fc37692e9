import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Hint } from '#lib/realtime/connection.ts';
import { Live, type Source } from '#lib/realtime/live.svelte.ts';
import { SessionEnded, SessionToken, Unreachable } from '#lib/realtime/session-token.ts';

type Channel = { name: string; say: (hint: Hint) => void; become: (status: string) => void };
const socket = vi.hoisted(() => ({ channels: [] as Channel[], reachable: true }));

vi.mock('@supabase/realtime-js', () => ({
	RealtimeClient: class {
		channel(name: string) {
			const channel: Channel = { name, say: () => undefined, become: () => undefined };
			return {
				rejoinTimer: {},
				on: (_type: string, _filter: object, callback: Channel['say']) => (channel.say = callback),
				subscribe: (callback: Channel['become']) => {
					channel.become = callback;
					socket.channels.push(channel);
					if (socket.reachable) callback('SUBSCRIBED');
				}
			};
		}
		async removeChannel() {
			return 'ok';
		}
		connect() {
			for (const channel of socket.channels) if (socket.reachable) channel.become('SUBSCRIBED');
		}
		async disconnect() {
			return 'ok';
		}
		async setAuth() {
			return undefined;
		}
	}
}));

let stop: () => void = () => undefined;
beforeEach(() => {
	vi.useFakeTimers();
	socket.channels = [];
	socket.reachable = true;
	network(true);
});
afterEach(() => {
	stop();
	vi.useRealTimers();
});

function network(up: boolean) {
	Object.defineProperty(navigator, 'onLine', { value: up, configurable: true });
	window.dispatchEvent(new Event(up ? 'online' : 'offline'));
}

function started(source: Partial<Source> = {}) {
	const told = { heals: 0, hints: [] as Hint[], asked: 0 };
	const fetch = () => {
		told.asked += 1;
		return Promise.resolve(Response.json({ access_token: 'token', expires_at: Date.now() / 1000 + 3600 }));
	};
	const token = new SessionToken({ fetch, onended: () => undefined });
	const project = { url: 'https://db.example', key: 'sb_publishable_x' };
	const live = new Live({ project, token, renderedAt: Date.now() });
	live.follow({
		topics: ['number:1'],
		heal: async () => void (told.heals += 1),
		hint: async (hint) => void told.hints.push(hint),
		...source
	});
	stop = live.start();
	return { live, told };
}

const pass = async (ms: number) => {
	await vi.advanceTimersByTimeAsync(ms);
	flushSync();
};

test('R2.6 every join, the first and those after a loss, reads what may have been missed', async () => {
	const { live, told } = started();
	await pass(10);
	expect(told.heals).toBe(1);
	expect(live.state).toBe('live');
	await pass(5000);
	socket.channels[0]?.become('CHANNEL_ERROR');
	expect(live.state).toBe('reconnecting');
	socket.channels[0]?.become('SUBSCRIBED');
	await pass(10);
	expect(live.state).toBe('live');
	expect(told.heals).toBe(2);
});

test('what stands on several topics is read once for all that are joined in one instant', async () => {
	const { told } = started({ topics: ['user:1', 'number:1', 'number:2'] });
	await pass(1000);
	expect(told.heals).toBe(1);
	socket.channels[1]?.become('CHANNEL_ERROR');
	socket.channels[1]?.become('SUBSCRIBED');
	await pass(1000);
	expect(told.heals).toBe(2);
});

test('without a socket the page asks every few seconds, the session’s state first', async () => {
	socket.reachable = false;
	const { live, told } = started();
	await pass(1000);
	expect(live.state).toBe('live');
	await pass(4000);
	expect(live.state).toBe('reconnecting');
	await pass(12_000);
	expect(told.heals).toBeGreaterThanOrEqual(3);
	expect(told.asked).toBeGreaterThanOrEqual(3);
});

test('a lost network is said with its time, and its return heals', async () => {
	const { live, told } = started();
	await pass(10);
	network(false);
	const lost = Date.now();
	await pass(60_000);
	expect([live.state, live.offlineSince]).toEqual(['offline', lost]);
	const before = told.heals;
	network(true);
	await pass(10);
	expect(live.state).toBe('live');
	expect(told.heals).toBeGreaterThan(before);
	expect(live.syncedAt).toBeGreaterThan(lost);
});

test('a read that failed is repeated until it works, and the page does not claim to be synced meanwhile', async () => {
	let broken = true;
	const { live } = started({ heal: () => (broken ? Promise.reject(new Unreachable('no answer')) : Promise.resolve()) });
	await pass(10);
	expect(live.state).toBe('reconnecting');
	broken = false;
	await pass(5000);
	expect(live.state).toBe('live');
});

test('an ended session is not asked again and again', async () => {
	let reads = 0;
	const heal = () => {
		reads += 1;
		return Promise.reject(new SessionEnded('over'));
	};
	started({ heal });
	await pass(60_000);
	expect(reads).toBe(1);
});

test('hints reach the source; after leaving they do not', async () => {
	const { live, told } = started();
	const other: Hint[] = [];
	const leave = live.follow({
		topics: ['conversation:1'],
		heal: () => Promise.resolve(),
		hint: async (hint) => void other.push(hint)
	});
	await pass(10);
	const channel = socket.channels.find(({ name }) => name === 'conversation:1');
	const hint = { event: 'message', payload: { id: 'm', revision: 3 } };
	channel?.say(hint);
	leave();
	channel?.say(hint);
	expect(other).toEqual([hint]);
	expect(told.hints).toEqual([]);
});
