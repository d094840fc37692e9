/** The session no longer exists: nothing can be read or sent until the person signs in again. */
export class SessionEnded extends Error {
	override readonly name = 'SessionEnded';
}

/** No usable answer came: no network, a timeout, or a server in trouble. Asking again later can work. */
export class Unreachable extends Error {
	override readonly name = 'Unreachable';
}

type Answer = { access_token: string; expires_at: number };

/** A token that ends sooner than this is renewed: the socket asks at every heartbeat (15 s) and needs a living one. */
const spare = 90_000;

/**
 * The person's access token as this app's server hands it out (GET /session/token), kept until shortly before its end.
 * The cookies that renew it stay the server's business.
 */
export class SessionToken {
	#fetch: typeof fetch;
	#onended: (expired: boolean) => void;
	#kept: Answer | null = null;
	#asking: Promise<string> | null = null;
	/** How often the person signed in again while this page was open. */
	resumed = 0;

	/**
	 * `onended` is called whenever the server says that the session is over: `expired` where only time did that, and the
	 * password is enough to go on; else somebody ended it.
	 */
	constructor({ fetch, onended }: { fetch: typeof globalThis.fetch; onended: (expired: boolean) => void }) {
		this.#fetch = fetch;
		this.#onended = onended;
	}

	/** A token that is good for the next minute. Throws `SessionEnded` or `Unreachable`. */
	async get(): Promise<string> {
		if (this.#kept && this.#kept.expires_at * 1000 - Date.now() > spare) return this.#kept.access_token;
		return this.renew();
	}

	/** Asks the server even if the kept token still looks good: the way to learn that the session has ended. */
	async renew(): Promise<string> {
		this.#asking ??= this.#ask().finally(() => (this.#asking = null));
		return this.#asking;
	}

	/** The person has signed in again: an answer that was on its way before speaks of a session that is past. */
	resume(): void {
		this.resumed += 1;
	}

	async #ask(): Promise<string> {
		const resumed = this.resumed;
		let response: Response;
		try {
			response = await this.#fetch('/session/token', {
				headers: { accept: 'application/json' },
				cache: 'no-store',
				signal: AbortSignal.timeout(10_000)
			});
		} catch (error) {
			throw new Unreachable('no answer about the session', { cause: error });
		}
		if (response.status === 401) {
			// an answer that is no JSON is a proxy's
			const answer = (await response.json().catch(() => null)) as { expired?: unknown } | null;
			if (resumed !== this.resumed) return this.#ask();
			this.#kept = null;
			this.#onended(answer?.expired === true);
			throw new SessionEnded('the session has ended');
		}
		if (!response.ok) throw new Unreachable(`the session's token was answered with ${response.status}`);
		this.#kept = (await response.json()) as Answer;
		return this.#kept.access_token;
	}
}
