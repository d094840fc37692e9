import type { WebSocket } from 'ws';
import { write, type Frame, type Message, type Version } from './frames.ts';
import type { Presence } from './presence.ts';
import type { Token } from './token.ts';
import type { Channel, Topics } from './topics.ts';

/** Bytes that may wait for a slow reader before its socket is cut. It comes back and reads what it missed. */
const mostBuffered = 4 * 1024 * 1024;

/** One socket and the channels on it. */
export class Client {
	readonly version: Version;
	/** what the socket's `apikey` stands for: used where a channel brings no token of its own */
	readonly key: Token;
	readonly channels = new Map<string, Channel>();
	/** the join of each topic that waits for its policies; a leave or a newer join takes its place */
	readonly joining = new Map<string, Message>();
	/** when the client last said anything, ms since 1970 */
	heardAt = Date.now();
	/** one of the project's connections: it has joined something, whatever it left since */
	counted = false;
	#socket: WebSocket;
	#topics: Topics;
	#presence: Presence;

	constructor(socket: WebSocket, version: Version, key: Token, topics: Topics, presence: Presence) {
		this.#socket = socket;
		this.#topics = topics;
		this.#presence = presence;
		this.version = version;
		this.key = key;
	}

	send({ data, binary }: Frame): void {
		if (this.#socket.bufferedAmount > mostBuffered) this.#socket.terminate();
		else this.#socket.send(data, { binary, compress: false });
	}

	/** Sends an event to one channel. */
	push({ joinRef, topic }: Channel, event: string, payload: Record<string, unknown>): void {
		this.send(write(this.version, { joinRef, ref: null, topic, event, payload }));
	}

	/** Answers a message of the client's. */
	reply(
		{ joinRef, ref, topic }: Message,
		status: 'ok' | 'error',
		response: Record<string, unknown> | string = {}
	): void {
		this.send(write(this.version, { joinRef, ref, topic, event: 'phx_reply', payload: { status, response } }));
	}

	/** Takes a channel in; one of the same topic makes room, as in Phoenix. */
	add(channel: Channel): void {
		const former = this.channels.get(channel.topic);
		if (former) this.#end(former, 'phx_close');
		this.channels.set(channel.topic, channel);
		this.#topics.add(channel);
	}

	/** Takes a channel out without a word. False when it was out already. */
	remove(channel: Channel): boolean {
		if (this.channels.get(channel.topic) !== channel) return false;
		this.channels.delete(channel.topic);
		this.#topics.remove(channel);
		this.#presence.untrack(channel);
		return true;
	}

	/** Ends a channel for good, as hosted: the client hears why, and realtime-js does not come back by itself. */
	close(channel: Channel, why: string): void {
		if (this.channels.get(channel.topic) !== channel) return;
		this.push(channel, 'system', { extension: 'system', status: 'error', message: why, channel: channel.name });
		this.#end(channel, 'phx_close');
	}

	/** Ends a channel so that realtime-js joins again and its owner reads what may have passed by. */
	interrupt(channel: Channel): void {
		this.#end(channel, 'phx_error');
	}

	/** Ends the socket. */
	cut(code: number, why: string): void {
		this.#socket.close(code, why);
		// for whoever does not answer the close
		setTimeout(() => this.#socket.terminate(), 500).unref();
	}

	/** The socket is gone: so are its channels. */
	leave(): void {
		this.joining.clear();
		for (const channel of this.channels.values()) this.remove(channel);
	}

	#end(channel: Channel, event: 'phx_close' | 'phx_error'): void {
		if (!this.remove(channel)) return;
		const { joinRef, topic } = channel;
		this.send(write(this.version, { joinRef, ref: joinRef, topic, event, payload: {} }));
	}
}
