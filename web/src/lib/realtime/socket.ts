import { Channel, type Ear, type Frame, type Line } from './channel.ts';
import { pauseBefore } from './pauses.ts';

type Settings = {
	/** `wss://…/realtime/v1` */
	url: string;
	/** The project's publishable key. */
	key: string;
	/** The person's access token: asked for with every join and at every beat. */
	token: () => Promise<string>;
	/** The server has answered a beat. */
	onbeat: () => void;
};

/** How often the server is asked whether it still hears us, in ms. Hosted forgets a socket that says nothing for a minute. */
const beatEvery = 15_000;
/** How long a socket may take to open, in ms. */
const patience = 10_000;

/**
 * Realtime's protocol as far as a page needs it: one socket that beats and comes back, and private channels on it. In place
 * of Supabase's own client, which speaks all of it and weighs 16 kB on every page that is kept fresh.
 */
export class Socket {
	#settings: Settings;
	#channels = new Map<string, Channel>();
	#wire: WebSocket | null = null;
	#wanted = false;
	#refs = 0;
	#tries = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#beating: ReturnType<typeof setInterval> | undefined;
	/** The beat that has no answer yet. */
	#asked: string | null = null;
	#line: Line;

	constructor(settings: Settings) {
		this.#settings = settings;
		const isOpen = () => this.#wire?.readyState === WebSocket.OPEN;
		this.#line = {
			get open() {
				return isOpen();
			},
			send: (frame) => isOpen() && this.#wire?.send(JSON.stringify(frame)),
			ref: () => String((this.#refs += 1)),
			token: () => settings.token(),
			// a newer channel of the topic stays
			forget: (channel) => this.#channels.get(channel.topic) === channel && this.#channels.delete(channel.topic)
		};
	}

	/** Joins a private topic, and opens the socket if there is none. */
	join(name: string, ear: Ear): Channel {
		const channel = new Channel(this.#line, name, ear);
		this.#channels.set(channel.topic, channel);
		if (this.#line.open) void channel.join();
		else this.connect();
		return channel;
	}

	/** Opens the socket, and does so again whenever it is lost. */
	connect(): void {
		this.#wanted = true;
		if (this.#wire) return;
		clearTimeout(this.#timer);
		const query = new URLSearchParams({ apikey: this.#settings.key, vsn: '1.0.0' });
		const wire = new WebSocket(`${this.#settings.url}/websocket?${query}`);
		this.#wire = wire;
		this.#timer = setTimeout(() => this.#lose(), patience);
		wire.onopen = () => this.#begin();
		wire.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)) as Frame);
		wire.onclose = () => this.#lose();
	}

	/** Closes it, and leaves it so. */
	disconnect(): void {
		this.#wanted = false;
		this.#lose();
	}

	#begin(): void {
		clearTimeout(this.#timer);
		this.#tries = 0;
		this.#beating = setInterval(() => this.#beat(), beatEvery);
		for (const channel of this.#channels.values()) void channel.join();
	}

	/** Lets go of the socket at once: one whose network is gone would not say so for minutes. */
	#lose(): void {
		clearTimeout(this.#timer);
		clearInterval(this.#beating);
		this.#asked = null;
		const wire = this.#wire;
		this.#wire = null;
		if (wire) {
			wire.onopen = wire.onmessage = wire.onclose = null;
			wire.close();
			for (const channel of this.#channels.values()) channel.lose();
		}
		if (!this.#wanted) return;
		this.#tries += 1;
		this.#timer = setTimeout(() => this.connect(), pauseBefore(this.#tries));
	}

	#beat(): void {
		if (this.#asked) return this.#lose();
		this.#asked = this.#line.ref();
		this.#line.send({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: this.#asked });
		this.#settings.token().then(
			(token) => this.#channels.forEach((channel) => channel.renew(token)),
			// whoever keeps the token has been told why there is none
			() => undefined
		);
	}

	#hear(frame: Frame): void {
		if (frame.topic !== 'phoenix') this.#channels.get(frame.topic)?.hear(frame);
		else if (frame.ref === this.#asked) {
			this.#asked = null;
			this.#settings.onbeat();
		}
	}
}
