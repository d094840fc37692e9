import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Ear, Hint } from '#lib/realtime/channel.ts';
import { Connection } from '#lib/realtime/connection.ts';

/** What the page uses of the socket, with the server's side in the test's hands. */
class FakeSocket {
	log: string[] = [];
	channels: (Ear & { name: string })[] = [];
	join(name: string, ear: Ear) {
		this.channels.push({ ...ear, name });
		this.log.push(`join ${name}`);
		return { say: () => undefined, appear: () => undefined, leave: () => this.log.push(`leave ${name}`) };
	}
	connect() {
		this.log.push('connect');
	}
	disconnect() {
		this.log.push('disconnect');
	}
	latest(name: string) {
		return this.channels.findLast((channel) => channel.name === name)!;
	}
}

function connected() {
	const socket = new FakeSocket();
	const told = { changes: 0, trouble: 0 };
	const connection = new Connection({
		socket: socket as never,
		onchange: () => (told.changes += 1),
		ontrouble: () => (told.trouble += 1)
	});
	return { socket, connection, told };
}

function listener() {
	const heard = { hints: [] as Hint[], joins: 0 };
	return { heard, onhint: (hint: Hint) => heard.hints.push(hint), onjoined: () => (heard.joins += 1) };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('whoever follows a topic is told of every join', async () => {
	const { socket, connection } = connected();
	const one = listener();
	connection.follow('number:1', one);
	expect(connection.whole).toBe(false);
	await pass(0);
	socket.latest('number:1').onstatus('joined');
	expect(connection.whole).toBe(true);
	socket.latest('number:1').onstatus('lost');
	expect(connection.whole).toBe(false);
	socket.latest('number:1').onstatus('joined');
	expect(one.heard.joins).toBe(2);
});

test('hints reach everyone who follows the topic', async () => {
	const { socket, connection } = connected();
	const [one, two] = [listener(), listener()];
	connection.follow('user:1', one);
	connection.follow('user:1', two);
	await pass(0);
	expect(socket.log).toEqual(['join user:1']);
	socket.latest('user:1').onhint({ event: 'read', payload: { id: 'c' } });
	for (const { heard } of [one, two]) expect(heard.hints).toEqual([{ event: 'read', payload: { id: 'c' } }]);
});

test('a topic that the server closed is joined again, later each time', async () => {
	const { socket, connection, told } = connected();
	connection.follow('number:1', listener());
	await pass(0);
	for (let tries = 1; tries <= 4; tries += 1) {
		socket.latest('number:1').onstatus('closed');
		expect(told.trouble).toBe(tries);
		await pass(100);
		expect(socket.channels).toHaveLength(tries);
		await pass(10_000);
		expect(socket.channels).toHaveLength(tries + 1);
	}
});

test('going back and forth between two threads does not rejoin', async () => {
	const { socket, connection } = connected();
	const leave = connection.follow('conversation:1', listener());
	await pass(0);
	socket.latest('conversation:1').onstatus('joined');
	leave();
	await pass(1000);
	const again = listener();
	connection.follow('conversation:1', again);
	await pass(60_000);
	expect(socket.log).toEqual(['join conversation:1']);
	expect(again.heard.joins).toBe(1);
});

test('a topic that nobody follows is left after a while and does not count', async () => {
	const { socket, connection } = connected();
	connection.follow('number:1', listener());
	const leave = connection.follow('conversation:1', listener());
	await pass(0);
	socket.latest('number:1').onstatus('joined');
	leave();
	expect(connection.whole).toBe(true);
	await pass(10_000);
	expect(socket.log).toContain('leave conversation:1');
	// what its channel says on leaving is no trouble
	socket.latest('conversation:1').onstatus('closed');
	await pass(60_000);
	expect(socket.log.filter((line) => line.startsWith('join conversation'))).toHaveLength(1);
});

test('after the network came back the old socket is thrown away; a closed connection stays closed', async () => {
	const { socket, connection } = connected();
	connection.follow('number:1', listener());
	await pass(0);
	connection.renew();
	expect(socket.log.slice(-2)).toEqual(['disconnect', 'connect']);
	connection.close();
	connection.renew();
	expect(socket.log.at(-1)).toBe('disconnect');
	expect(connection.whole).toBe(false);
});
