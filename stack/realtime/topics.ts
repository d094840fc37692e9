import { writeBroadcast, type Broadcast, type Frame, type Version } from './frames.ts';
import type { Client } from './client.ts';
import type { Rights } from './policies.ts';
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
	presence: { key: string; enabled: boolean };
	token: Token;
	rights: Rights;
};

/** Who listens to what. A private topic and a public one of the same name are two topics, as hosted. */
export class Topics {
	#channels = new Map<string, Set<Channel>>();

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

	/** Sends a broadcast to all who may read the topic: encoded once, the same bytes for every socket. */
	send(name: string, isPrivate: boolean, broadcast: Broadcast, except?: Channel): void {
		const frames = new Map<Version, Frame | null>();
		for (const channel of this.on(name, isPrivate)) {
			if (channel === except || !channel.rights.broadcast.read) continue;
			const { version } = channel.client;
			let frame = frames.get(version);
			if (frame === undefined) frames.set(version, (frame = writeBroadcast(version, channel.topic, broadcast)));
			if (frame) channel.client.send(frame);
		}
	}
}

const keyOf = (topic: { name: string; private: boolean }) => `${topic.private ? 'private' : 'public'} ${topic.name}`;
