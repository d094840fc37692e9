import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js';

/** What the database says on a topic: which row changed, never what is in it. */
export type Hint = { event: string; payload: Readonly<Record<string, unknown>> };

export type Listener = {
	onhint: (hint: Hint) => void;
	/** Joined, for the first time or again: whatever was said in between was not heard. */
	onjoined: () => void;
	/** Who has the topic open, by the keys of their presence; only on topics of conversations. */
	onhere?: (keys: readonly string[]) => void;
};

type Settings = {
	client: Pick<RealtimeClient, 'channel' | 'removeChannel' | 'connect' | 'disconnect' | 'setAuth'>;
	/** Under which key this page is present where conversations are open; without one it is not. */
	presenceKey?: string;
	/** Something was joined, lost, or the set of topics changed: look at `whole`. */
	onchange: () => void;
	/** The socket or a topic was lost or refused. The session may have ended. */
	ontrouble: () => void;
};

/**
 * How long to wait before the n-th attempt (from 1) to get back what was lost, in ms: half a second, and two at most. The
 * client's own pauses grow to ten seconds, long after everything works again. Jittered, as everybody loses it at once.
 */
export function pauseBefore(attempt: number): number {
	return Math.min(250 * 2 ** attempt, 2000) * (0.75 + Math.random() / 2);
}

/** After which pauses a topic that the server closed is joined again, in ms. */
const pauses = [500, 1000, 2000, 5000, 10_000];
/** How long a topic is kept after nobody follows it, in ms: going back and forth should not rejoin. */
const linger = 5000;

type Topic = {
	listeners: Set<Listener>;
	channel: RealtimeChannel | null;
	joined: boolean;
	tries: number;
	rejoining: ReturnType<typeof setTimeout> | undefined;
	leaving: ReturnType<typeof setTimeout> | undefined;
};

/** One socket and the private topics a page follows on it. It comes back by itself as long as somebody follows. */
export class Connection {
	#settings: Settings;
	#topics = new Map<string, Topic>();
	#leaving = new Map<string, Promise<unknown>>();
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
			void this.#join(name, topic);
		} else if (topic.joined) {
			listener.onjoined();
			if (topic.listeners.size === 0) this.#arrive(topic);
		}
		clearTimeout(topic.leaving);
		topic.listeners.add(listener);
		this.#settings.onchange();
		return () => this.#unfollow(name, topic, listener);
	}

	/** Says something to those who listen on a topic that is followed. Lost while there is no connection. */
	say(name: string, event: string, payload: Record<string, unknown>): void {
		const topic = this.#topics.get(name);
		if (topic?.joined) void topic.channel?.send({ type: 'broadcast', event, payload });
	}

	/** Throws the socket away and opens another: after a network came back, the old one may be dead without knowing. */
	async renew(): Promise<void> {
		await this.#settings.client.disconnect();
		if (!this.#closed) this.#settings.client.connect();
	}

	/** Ends everything. */
	async close(): Promise<void> {
		this.#closed = true;
		for (const topic of this.#topics.values()) {
			clearTimeout(topic.rejoining);
			clearTimeout(topic.leaving);
		}
		this.#topics.clear();
		await this.#settings.client.disconnect();
	}

	async #join(name: string, topic: Topic): Promise<void> {
		await this.#leaving.get(name);
		// without it a private topic is joined as nobody and refused
		await this.#settings.client.setAuth();
		if (this.#closed || this.#topics.get(name) !== topic) return;
		const key = name.startsWith('conversation:') ? this.#settings.presenceKey : undefined;
		const config = { private: true, ...(key && { presence: { key, enabled: true } }) };
		const channel = this.#settings.client.channel(name, { config });
		topic.channel = channel;
		if (key)
			channel.on('presence', { event: 'sync' }, () => {
				for (const listener of topic.listeners) listener.onhere?.(Object.keys(channel.presenceState()));
			});
		channel.rejoinTimer.timerCalc = pauseBefore;
		channel.on('broadcast', { event: '*' }, ({ event, payload }: { event: string; payload?: unknown }) => {
			const hint = { event, payload: (payload ?? {}) as Hint['payload'] };
			for (const listener of topic.listeners) listener.onhint(hint);
		});
		channel.subscribe((status) => {
			if (topic.channel !== channel || this.#closed) return;
			topic.joined = status === 'SUBSCRIBED';
			if (topic.joined) {
				topic.tries = 0;
				if (key && topic.listeners.size > 0) this.#arrive(topic);
				for (const listener of topic.listeners) listener.onjoined();
			} else {
				// after an error the channel joins again by itself; one that the server closed never does
				if (status === 'CLOSED') this.#again(name, topic);
				else void this.#settings.client.setAuth();
				this.#settings.ontrouble();
			}
			this.#settings.onchange();
		});
	}

	/** Is present, where that is told at all. */
	#arrive({ channel }: Topic): void {
		if (this.#settings.presenceKey && channel?.topic.includes('conversation:')) void channel.track({});
	}

	#again(name: string, topic: Topic): void {
		topic.channel = null;
		const pause = pauses[Math.min(topic.tries, pauses.length - 1)] ?? 0;
		topic.tries += 1;
		topic.rejoining = setTimeout(() => void this.#join(name, topic), pause * (0.75 + Math.random() / 2));
	}

	#unfollow(name: string, topic: Topic, listener: Listener): void {
		topic.listeners.delete(listener);
		if (topic.listeners.size > 0 || this.#topics.get(name) !== topic) return;
		if (topic.joined && this.#settings.presenceKey) void topic.channel?.untrack();
		topic.leaving = setTimeout(() => {
			clearTimeout(topic.rejoining);
			this.#topics.delete(name);
			const { channel } = topic;
			topic.channel = null;
			if (channel) {
				const left = this.#settings.client.removeChannel(channel).finally(() => this.#leaving.delete(name));
				this.#leaving.set(name, left);
			}
			this.#settings.onchange();
		}, linger);
		this.#settings.onchange();
	}
}
