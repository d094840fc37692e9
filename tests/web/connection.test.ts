import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection, type Hint } from '#lib/realtime/connection.ts';

type Status = 'SUBSCRIBED' | 'CHANNEL_ERROR' | 'CLOSED' | 'TIMED_OUT';

/** What the page uses of the socket, with the server's side in the test's hands. */
class FakeClient {
	log: string[] = [];
	channels: FakeChannel[] = [];
	authorized = 0;
	channel(name: string) {
		const channel = new FakeChannel(name);
		this.channels.push(channel);
		this.log.push(`join ${name}`);
		return channel;
	}
	async removeChannel(channel: FakeChannel) {
		this.log.push(`leave ${channel.name}`);
		return 'ok' as const;
	}
	connect() {
		this.log.push('connect');
	}
	async disconnect() {
		this.log.push('disconnect');
		return 'ok' as const;
	}
	async setAuth() {
		this.authorized += 1;
	}
	latest(name: string) {
		return this.channels.findLast((channel) => channel.name === name)!;
	}
}

class FakeChannel {
	say: (hint: Hint) => void = () => undefined;
	become: (status: Status) => void = () => undefined;
	rejoinTimer = {};
	name: string;
	constructor(name: string) {
		this.name = name;
	}
	on(_type: string, _filter: object, callback: (hint: Hint) => void) {
		this.say = callback;
		return this;
	}
	subscribe(callback: (status: Status) => void) {
		this.become = callback;
		return this;
	}
}

function connected() {
	const client = new FakeClient();
	const told = { changes: 0, trouble: 0 };
	const connection = new Connection({
		client: client as never,
		onchange: () => (told.changes += 1),
		ontrouble: () => (told.trouble += 1)
	});
	return { client, connection, told };
}

function listener() {
	const heard = { hints: [] as Hint[], joins: 0 };
	return { heard, onhint: (hint: Hint) => heard.hints.push(hint), onjoined: () => (heard.joins += 1) };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('a topic is joined with a token, and whoever follows it is told of every join', async () => {
	const { client, connection } = connected();
	const one = listener();
	connection.follow('number:1', one);
	expect(connection.whole).toBe(false);
	await pass(0);
	expect(client.authorized).toBe(1);
	client.latest('number:1').become('SUBSCRIBED');
	expect(connection.whole).toBe(true);
	client.latest('number:1').become('CHANNEL_ERROR');
	expect(connection.whole).toBe(false);
	client.latest('number:1').become('SUBSCRIBED');
	expect(one.heard.joins).toBe(2);
});

test('hints reach everyone who follows the topic', async () => {
	const { client, connection } = connected();
	const [one, two] = [listener(), listener()];
	connection.follow('user:1', one);
	connection.follow('user:1', two);
	await pass(0);
	expect(client.log).toEqual(['join user:1']);
	client.latest('user:1').say({ event: 'read', payload: { id: 'c' } });
	for (const { heard } of [one, two]) expect(heard.hints).toEqual([{ event: 'read', payload: { id: 'c' } }]);
});

test('a topic that the server closed is joined again, later each time', async () => {
	const { client, connection, told } = connected();
	connection.follow('number:1', listener());
	await pass(0);
	for (let tries = 1; tries <= 4; tries += 1) {
		client.latest('number:1').become('CLOSED');
		expect(told.trouble).toBe(tries);
		await pass(100);
		expect(client.channels).toHaveLength(tries);
		await pass(10_000);
		expect(client.channels).toHaveLength(tries + 1);
	}
});

test('going back and forth between two threads does not rejoin', async () => {
	const { client, connection } = connected();
	const leave = connection.follow('conversation:1', listener());
	await pass(0);
	client.latest('conversation:1').become('SUBSCRIBED');
	leave();
	await pass(1000);
	const again = listener();
	connection.follow('conversation:1', again);
	await pass(60_000);
	expect(client.log).toEqual(['join conversation:1']);
	expect(again.heard.joins).toBe(1);
});

test('a topic that nobody follows is left after a while and does not count', async () => {
	const { client, connection } = connected();
	connection.follow('number:1', listener());
	const leave = connection.follow('conversation:1', listener());
	await pass(0);
	client.latest('number:1').become('SUBSCRIBED');
	leave();
	expect(connection.whole).toBe(true);
	await pass(10_000);
	expect(client.log).toContain('leave conversation:1');
	// what its channel says on leaving is no trouble
	client.latest('conversation:1').become('CLOSED');
	await pass(60_000);
	expect(client.log.filter((line) => line.startsWith('join conversation'))).toHaveLength(1);
});

test('after the network came back the old socket is thrown away; a closed connection stays closed', async () => {
	const { client, connection } = connected();
	connection.follow('number:1', listener());
	await pass(0);
	await connection.renew();
	expect(client.log.slice(-2)).toEqual(['disconnect', 'connect']);
	await connection.close();
	await connection.renew();
	expect(client.log.at(-1)).toBe('disconnect');
	expect(connection.whole).toBe(false);
});
