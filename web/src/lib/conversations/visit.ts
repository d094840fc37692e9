import { onSignOut } from '#lib/realtime/sign-out.ts';

type Settings = {
	/** Somebody ended the session: leave for the sign-in page. */
	onended: () => void;
	/** Only time ended it: ask for the password over the page. True once the person is signed in again. */
	askPassword: () => Promise<boolean>;
	/** They are: what waited goes on. */
	onawake: () => void;
};

/** The person's session while the inbox is open: one that ends in one tab ends in all, and one renewed in one goes on in all. */
export class Visit {
	#settings: Settings;
	#tabs: BroadcastChannel | null = null;
	#ended = false;
	/** The session has expired and nobody signed in again yet. */
	#asleep = false;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** Hears of other tabs. Returns how to stop. */
	start(): () => void {
		this.#tabs = new BroadcastChannel('session');
		this.#tabs.onmessage = ({ data }) => (data === 'renewed' ? this.#awake() : this.#end());
		const stopped = new AbortController();
		onSignOut(() => (this.#ended = true), stopped.signal);
		return () => {
			stopped.abort();
			this.#tabs?.close();
		};
	}

	/** `wanted`: the person wants to send something. Otherwise they are asked once, and then left to read. */
	over(expired: boolean, wanted = false): void {
		if (!expired) return this.#end();
		if (this.#asleep && !wanted) return;
		this.#asleep = true;
		this.#settings.askPassword().then(
			(signedIn) => signedIn && this.#awake(),
			// the dialog did not load: there is no connection, and the next try asks again
			() => (this.#asleep = false)
		);
	}

	#awake(): void {
		if (!this.#asleep) return;
		this.#asleep = false;
		this.#settings.onawake();
	}

	#end(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#tabs?.postMessage('ended');
		this.#settings.onended();
	}
}
