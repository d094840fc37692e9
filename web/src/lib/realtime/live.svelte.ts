/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import { Connection, pauseBefore, type Hint } from './connection.ts';
import type { Project } from './rest.ts';
import { SessionEnded, type SessionToken } from './session-token.ts';

/** Something on the page that mirrors rows of the database. */
export type Source = {
	/** The topics on which the database tells that these rows changed. */
	topics: readonly string[];
	/** Reads what a hint speaks of. */
	hint: (hint: Hint) => Promise<void>;
	/** Reads everything that may have been missed. */
	heal: () => Promise<void>;
	/** Who has these topics open, by user id; told of conversations only. */
	here?: (userIds: readonly string[]) => void;
};

type Settings = {
	project: Project;
	token: SessionToken;
	/** When the server read what the page shows, ms since 1970. */
	renderedAt: number;
	/** Who is present where they have a conversation open. */
	userId?: string;
};

const heartbeat = 15_000;
const pollEvery = 4000;
/** A page just rendered is fresh: for this long the socket may take to open before anyone is told. */
const settling = 4000;
/** The topics of one source are joined in one instant: what was missed on them is read once, so long after the first of them. */
const gathering = 50;

/**
 * Keeps a page's rows as fresh as the connection allows: by hints over the socket, by polling while there is none, and
 * by reading everything missed whenever it comes back. Knows when that last worked.
 */
export class Live {
	/** When the page was last known to show what the database holds, ms since 1970. */
	syncedAt = $state(0);
	offlineSince = $state<number | null>(null);
	state = $derived.by(() => this.#look());
	#settling = $state(true);
	#whole = $state(false);
	#missing = $state(false);
	#project: Project;
	#userId: string | undefined;
	#token: SessionToken;
	#sources = new Set<Source>();
	#connection: Connection | null = null;
	#unfollow = new Map<Source, (() => void)[]>();
	#again: ReturnType<typeof setTimeout> | undefined;
	#misses = 0;
	#checked = 0;

	constructor({ project, token, renderedAt, userId }: Settings) {
		this.#userId = userId;
		this.#project = project;
		this.#token = token;
		this.syncedAt = renderedAt;
	}

	#look(): 'live' | 'reconnecting' | 'offline' {
		if (this.offlineSince !== null) return 'offline';
		return (this.#whole || this.#settling) && !this.#missing ? 'live' : 'reconnecting';
	}

	/** Opens the socket and watches the network; in the browser only. Returns how to stop. */
	start(): () => void {
		const stop = new AbortController();
		const on = { signal: stop.signal };
		window.addEventListener('online', () => this.#back(), on);
		window.addEventListener('offline', () => (this.offlineSince ??= Date.now()), on);
		window.addEventListener('pageshow', (event) => event.persisted && this.#back(), on);
		document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#wake(), on);
		if (!navigator.onLine) this.offlineSince = Date.now();
		const settled = setTimeout(() => (this.#settling = false), settling);
		const polling = setInterval(() => this.#poll(), pollEvery);
		void this.#connect(stop.signal);
		return () => {
			stop.abort();
			clearTimeout(settled);
			clearTimeout(this.#again);
			clearInterval(polling);
			void this.#connection?.close();
			this.#connection = null;
		};
	}

	/** Keeps a source fresh until the answered function is called. */
	follow(source: Source): () => void {
		this.#sources.add(source);
		this.#listen(source);
		return () => {
			this.#sources.delete(source);
			for (const stop of this.#unfollow.get(source) ?? []) stop();
			this.#unfollow.delete(source);
		};
	}

	/** Says something to the colleagues on a topic that is followed. Lost while there is no connection. */
	say(topic: string, event: string, payload: Record<string, unknown>): void {
		this.#connection?.say(topic, event, payload);
	}

	/** Goes on after the person signed in again: with a socket of the new session. */
	resume(): void {
		void this.#connection?.renew();
		this.#wake();
	}

	/** Reads everything that may have been missed, everywhere on the page. */
	heal(): void {
		for (const { heal } of this.#sources) this.#run(heal);
	}

	async #connect(signal: AbortSignal): Promise<void> {
		// the page is readable before this code has come
		const { RealtimeClient } = await import('@supabase/realtime-js');
		if (signal.aborted) return;
		const client = new RealtimeClient(`${this.#project.url.replace(/^http/, 'ws')}/realtime/v1`, {
			params: { apikey: this.#project.key },
			accessToken: () => this.#token.get(),
			heartbeatIntervalMs: heartbeat,
			reconnectAfterMs: pauseBefore,
			heartbeatCallback: (status) => status === 'ok' && this.#confirm()
		});
		this.#connection = new Connection({
			client,
			presenceKey: this.#userId,
			onchange: () => (this.#whole = this.#connection?.whole ?? false),
			ontrouble: () => this.#check()
		});
		for (const source of this.#sources) this.#listen(source);
	}

	#listen(source: Source): void {
		const connection = this.#connection;
		if (!connection) return;
		const { topics, hint, heal, here } = source;
		let arriving: ReturnType<typeof setTimeout> | undefined;
		const read = () => {
			arriving = undefined;
			this.#run(heal);
		};
		const listener = {
			onhint: (told: Hint) => this.#run(() => hint(told)),
			onjoined: () => (topics.length === 1 ? read() : void (arriving ??= setTimeout(read, gathering))),
			onhere: here
		};
		this.#unfollow.set(source, [
			...topics.map((topic) => connection.follow(topic, listener)),
			() => clearTimeout(arriving)
		]);
	}

	#run(read: () => Promise<void>): void {
		read().then(
			() => {
				this.#missing = false;
				this.#misses = 0;
				this.#confirm();
			},
			(error: unknown) => {
				if (error instanceof SessionEnded) return;
				this.#missing = true;
				// once for all that failed together
				this.#again ??= setTimeout(() => {
					this.#again = undefined;
					this.heal();
				}, pauseBefore(++this.#misses));
			}
		);
	}

	#confirm(): void {
		this.syncedAt = Date.now();
		if (navigator.onLine) this.offlineSince = null;
	}

	/** Without a socket, ask; the session's state comes first, because an ended one reads nothing without saying so. */
	#poll(): void {
		if (this.#whole || this.#settling || this.offlineSince !== null || document.visibilityState === 'hidden') return;
		this.#check();
		this.heal();
	}

	#back(): void {
		this.offlineSince = null;
		void this.#connection?.renew();
		this.#check();
		this.heal();
	}

	#wake(): void {
		this.#check();
		this.heal();
	}

	/** Whether the session still exists; at most once a second. Who holds the token is told if it does not. */
	#check(): void {
		if (Date.now() - this.#checked < 1000) return;
		this.#checked = Date.now();
		// no answer is what the rest of this class is about
		this.#token.renew().catch(() => undefined);
	}
}
