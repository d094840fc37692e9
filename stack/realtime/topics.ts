import { writeBroadcast, type Broadcast, type Frame, type Version } from './frames.ts';
import type { Client } from './client.ts';
import type { Rights } from './policies.ts';
import type { Rate } from './rates.ts';
import type { Token } from './token.ts';

/** One topic joined on one socket. `topic` is as on the wire, `name` without `realtime:`. */
export type Channel = {
	client: Client;
	topic: string;
	name: string;
	private: boolean;
	joinRef: string | null;
	/** acknowledge the client's broadcasts */
	ack: boolean;
	/** send the client its own broadcasts */
	self: boolean;
	/** `calls` of the client's own in the window that ends at `until` (ms since 1970) */
	presence: { key: string; enabled: boolean; calls: number; until: number };
	token: Token;
	rights: Rights;
	/** while older messages are read for it: what came since, to follow them */
	held: { frame: Frame; id: string | undefined }[] | null;
	/** the messages it was given again: their news may still be on the way */
	replayed: Set<string>;
};

/** Who listens to what. A private topic and a public one of the same name are two topics, as hosted. */
export class Topics {
	#channels = new Map<string, Set<Channel>>();
	#messages: Rate;

	/** @param messages counts what is sent and what is heard */
	constructor(messages: Rate) {
		this.#messages = messages;
	}

	add(channel: Channel): void {
		const key = keyOf(channel);
		const channels = this.#channels.get(key);
		if (channels) channels.add(channel);
		else this.#channels.set(key, new Set([channel]));
	}

	remove(channel: Channel): void {
		const key = keyOf(channel);
		const channels = this.#channels.get(key);
		if (channels?.delete(channel) && channels.size === 0) this.#channels.delete(key);
	}

	/** The channels of one topic. */
	on(name: string, isPrivate: boolean): Iterable<Channel> {
		return this.#channels.get(keyOf({ name, private: isPrivate })) ?? [];
	}

	/**
	 * Sends a broadcast to all who may read the topic: encoded once, the same bytes for every socket.
	 * Where the project sends too much, whoever hears it is closed after it, as hosted.
	 */
	send(name: string, isPrivate: boolean, broadcast: Broadcast, except?: Channel): void {
		const frames = new Map<Version, Frame | null>();
		const id = broadcast.meta?.id;
		for (const channel of this.on(name, isPrivate)) {
			if (channel === except || !channel.rights.broadcast.read || (id && channel.replayed.has(id))) continue;
			const { version } = channel.client;
			let frame = frames.get(version);
			if (frame === undefined) frames.set(version, (frame = writeBroadcast(version, channel.topic, broadcast)));
			if (!frame) continue;
			if (channel.held) channel.held.push({ frame, id });
			else channel.client.send(frame);
			this.#messages.add();
			if (this.#messages.reached) channel.client.close(channel, 'Too many messages per second');
		}
	}
}

const keyOf = (topic: { name: string; private: boolean }) => `${topic.private ? 'private' : 'public'} ${topic.name}`;
