import { pauseBefore } from './pauses.ts';

/** What the database says on a topic: which row changed, never what is in it. */
export type Hint = { event: string; payload: Readonly<Record<string, unknown>> };

/** Lost, or refused, is joined again after a pause; what the server closed never is. */
export type Status = 'joined' | 'lost' | 'closed';

/** Who a channel tells. */
export type Ear = {
	onstatus: (status: Status) => void;
	onhint: (hint: Hint) => void;
	/** Who has the topic open, by the keys of their presence. */
	onhere: (keys: readonly string[]) => void;
	/** Under which key one is present here, and learns who else is. */
	presenceKey?: string;
};

/** One frame of Realtime's protocol, in its version 1.0.0: all of it is text. */
export type Frame = {
	topic: string;
	event: string;
	payload: Readonly<Record<string, unknown>>;
	ref: string | null;
	/** Of the join that the frame belongs to. */
	join_ref?: string | null;
};

/** What a channel needs of its socket. */
export type Line = {
	/** Whether frames arrive; what is sent meanwhile is lost. */
	readonly open: boolean;
	send: (frame: Frame) => void;
	/** A reference that no frame of this page had. */
	ref: () => string;
	token: () => Promise<string>;
	forget: (channel: Channel) => void;
};

/** How long an answer to a join may take, in ms. */
const patience = 10_000;

type Metas = Readonly<Record<string, { metas: readonly { phx_ref: string }[] }>>;

/** One private topic on the socket. Joins again by itself, on whatever socket there is, until it is left or closed. */
export class Channel {
	readonly topic: string;
	#line: Line;
	#ear: Ear;
	/** Of the join that is under way or was answered. */
	#ref: string | null = null;
	#joined = false;
	#token = '';
	#tries = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** Who is here, with what stands for each of their pages; null until the server has said so. */
	#here: Map<string, Set<string>> | null = null;

	constructor(line: Line, name: string, ear: Ear) {
		this.#line = line;
		this.#ear = ear;
		this.topic = `realtime:${name}`;
	}

	/** Asks to be let in, as the person who is signed in now. */
	async join(): Promise<void> {
		clearTimeout(this.#timer);
		const ref = this.#line.ref();
		this.#ref = ref;
		this.#joined = false;
		this.#here = null;
		this.#timer = setTimeout(() => {
			this.#push('phx_leave', {});
			this.lose();
		}, patience);
		try {
			const token = await this.#line.token();
			if (this.#ref !== ref) return;
			this.#token = token;
			this.#push('phx_join', { config: this.#config(), access_token: token });
		} catch {
			// whoever keeps the token has been told why there is none
			if (this.#ref === ref) this.lose();
		}
	}

	#config() {
		const { presenceKey: key } = this.#ear;
		const broadcast = { ack: false, self: false };
		return { private: true, broadcast, presence: { key: key ?? '', enabled: key !== undefined }, postgres_changes: [] };
	}

	/** What was joined, or on its way to be, no longer is. */
	lose(): void {
		clearTimeout(this.#timer);
		this.#ref = null;
		this.#joined = false;
		this.#tries += 1;
		// without a socket the next one joins it
		this.#timer = setTimeout(() => this.#line.open && void this.join(), pauseBefore(this.#tries));
		this.#ear.onstatus('lost');
	}

	/** Goes for good. */
	leave(): void {
		this.#push('phx_leave', {});
		this.#end();
	}

	/** Says something to whoever listens here. Lost while it is not joined. */
	say(event: string, payload: Readonly<Record<string, unknown>>): void {
		if (this.#joined) this.#push('broadcast', { type: 'broadcast', event, payload });
	}

	/** Is seen here, where that is told at all, or no longer. */
	appear(seen: boolean): void {
		if (!this.#joined || !this.#ear.presenceKey) return;
		this.#push('presence', { type: 'presence', event: seen ? 'track' : 'untrack', ...(seen && { payload: {} }) });
	}

	/** Goes on with a newer token: the server ends what has only an old one. */
	renew(token: string): void {
		if (!this.#joined || token === this.#token) return;
		this.#token = token;
		this.#push('access_token', { access_token: token });
	}

	hear({ event, payload, ref, join_ref: joinRef }: Frame): void {
		// what belongs to an earlier join
		if (joinRef && joinRef !== this.#ref) return;
		if (event === 'broadcast')
			this.#ear.onhint({ event: String(payload.event), payload: payload.payload ?? {} } as Hint);
		else if (event === 'phx_reply') this.#answered(ref, payload.status);
		else if (event === 'phx_error') this.lose();
		else if (event === 'phx_close') {
			this.#end();
			this.#ear.onstatus('closed');
		} else if (event === 'presence_state') this.#see(payload as Metas, {});
		else if (event === 'presence_diff' && this.#here)
			this.#see(payload.joins as Metas, payload.leaves as Metas, this.#here);
	}

	#answered(ref: string | null, status: unknown): void {
		if (this.#joined || ref !== this.#ref) return;
		if (status !== 'ok') return this.lose();
		clearTimeout(this.#timer);
		this.#joined = true;
		this.#tries = 0;
		this.#ear.onstatus('joined');
	}

	/** Somebody is here as long as one of their pages is. */
	#see(joins: Metas, leaves: Metas, here = new Map<string, Set<string>>()): void {
		for (const [key, { metas }] of Object.entries(joins)) {
			const pages = here.get(key) ?? new Set();
			for (const { phx_ref } of metas) pages.add(phx_ref);
			here.set(key, pages);
		}
		for (const [key, { metas }] of Object.entries(leaves)) {
			const pages = here.get(key);
			for (const { phx_ref } of metas) pages?.delete(phx_ref);
			if (pages?.size === 0) here.delete(key);
		}
		this.#here = here;
		this.#ear.onhere([...here.keys()]);
	}

	#push(event: string, payload: Readonly<Record<string, unknown>>): void {
		const join_ref = this.#ref;
		if (join_ref === null) return;
		// a join is known by its own reference
		const ref = event === 'phx_join' ? join_ref : this.#line.ref();
		this.#line.send({ topic: this.topic, event, payload, ref, join_ref });
	}

	#end(): void {
		clearTimeout(this.#timer);
		this.#ref = null;
		this.#joined = false;
		this.#line.forget(this);
	}
}
