import type { Channel, Hint } from './channel.ts';
import type { Socket } from './socket.ts';

export type Listener = {
	onhint: (hint: Hint) => void;
	/** Joined, for the first time or again: whatever was said in between was not heard. */
	onjoined: () => void;
	/** Who has the topic open, by the keys of their presence; only on topics of conversations. */
	onhere?: (keys: readonly string[]) => void;
};

type Settings = {
	socket: Pick<Socket, 'join' | 'connect' | 'disconnect'>;
	/** Under which key this page is present where conversations are open; without one it is not. */
	presenceKey?: string;
	/** Something was joined, lost, or the set of topics changed: look at `whole`. */
	onchange: () => void;
	/** The socket or a topic was lost or refused. The session may have ended. */
	ontrouble: () => void;
};

/** After which pauses a topic that the server closed is joined again, in ms. */
const pauses = [500, 1000, 2000, 5000, 10_000];
/** How long a topic is kept after nobody follows it, in ms: going back and forth should not rejoin. */
const linger = 5000;

type Topic = {
	listeners: Set<Listener>;
	channel: Channel | null;
	joined: boolean;
	tries: number;
	rejoining: ReturnType<typeof setTimeout> | undefined;
	leaving: ReturnType<typeof setTimeout> | undefined;
};

/** One socket and the private topics a page follows on it. It comes back by itself as long as somebody follows. */
export class Connection {
	#settings: Settings;
	#topics = new Map<string, Topic>();
	#closed = false;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** Whether every topic that is followed is joined. */
	get whole(): boolean {
		for (const topic of this.#topics.values()) if (topic.listeners.size > 0 && !topic.joined) return false;
		return !this.#closed && this.#topics.size > 0;
	}

	/** Follows a private topic until the answered function is called. */
	follow(name: string, listener: Listener): () => void {
		let topic = this.#topics.get(name);
		if (!topic) {
			topic = {
				listeners: new Set(),
				channel: null,
				joined: false,
				tries: 0,
				rejoining: undefined,
				leaving: undefined
			};
			this.#topics.set(name, topic);
			this.#join(name, topic);
		} else if (topic.joined) {
			listener.onjoined();
			if (topic.listeners.size === 0) topic.channel?.appear(true);
		}
		clearTimeout(topic.leaving);
		topic.listeners.add(listener);
		this.#settings.onchange();
		return () => this.#unfollow(name, topic, listener);
	}

	/** Says something to those who listen on a topic that is followed. Lost while there is no connection. */
	say(name: string, event: string, payload: Record<string, unknown>): void {
		this.#topics.get(name)?.channel?.say(event, payload);
	}

	/** Throws the socket away and opens another: after a network came back, the old one may be dead without knowing. */
	renew(): void {
		if (this.#closed) return;
		this.#settings.socket.disconnect();
		this.#settings.socket.connect();
	}

	/** Lets the socket go until `renew`: a browser keeps no page for going back that has one. */
	rest(): void {
		this.#settings.socket.disconnect();
	}

	/** Ends everything. */
	close(): void {
		this.#closed = true;
		for (const topic of this.#topics.values()) {
			clearTimeout(topic.rejoining);
			clearTimeout(topic.leaving);
		}
		this.#topics.clear();
		this.#settings.socket.disconnect();
	}

	#join(name: string, topic: Topic): void {
		const presenceKey = name.startsWith('conversation:') ? this.#settings.presenceKey : undefined;
		const channel = this.#settings.socket.join(name, {
			presenceKey,
			onhere: (keys) => {
				for (const listener of topic.listeners) listener.onhere?.(keys);
			},
			onhint: (hint) => {
				for (const listener of topic.listeners) listener.onhint(hint);
			},
			onstatus: (status) => {
				if (topic.channel !== channel || this.#closed) return;
				topic.joined = status === 'joined';
				if (topic.joined) {
					topic.tries = 0;
					if (topic.listeners.size > 0) channel.appear(true);
					for (const listener of topic.listeners) listener.onjoined();
				} else {
					if (status === 'closed') this.#again(name, topic);
					this.#settings.ontrouble();
				}
				this.#settings.onchange();
			}
		});
		topic.channel = channel;
	}

	#again(name: string, topic: Topic): void {
		topic.channel = null;
		const pause = pauses[Math.min(topic.tries, pauses.length - 1)] ?? 0;
		topic.tries += 1;
		topic.rejoining = setTimeout(() => this.#join(name, topic), pause * (0.75 + Math.random() / 2));
	}

	#unfollow(name: string, topic: Topic, listener: Listener): void {
		topic.listeners.delete(listener);
		if (topic.listeners.size > 0 || this.#topics.get(name) !== topic) return;
		topic.channel?.appear(false);
		topic.leaving = setTimeout(() => {
			clearTimeout(topic.rejoining);
			this.#topics.delete(name);
			const { channel } = topic;
			topic.channel = null;
			channel?.leave();
			this.#settings.onchange();
		}, linger);
		this.#settings.onchange();
	}
}
