import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Live } from './live.svelte.ts';
import { Rest } from './rest.ts';
import { SessionToken } from './session-token.ts';

/** A page's connection to the database where the page is no desk: its socket, and the reads that follow a hint. */
export class Line {
	readonly live: Live;
	readonly rest: Rest;
	#token: SessionToken;

	/** @param renderedAt when the server read what the page shows, ms since 1970 */
	constructor(renderedAt: number) {
		const fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
		const project = { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY };
		// the shell's watch leaves a page whose session was ended, and asks for the password of one that expired
		this.#token = new SessionToken({ fetch, onended: () => undefined });
		this.live = new Live({ project, token: this.#token, renderedAt });
		this.rest = new Rest({ project, token: this.#token, fetch });
	}

	/** Opens it; in the browser only. Returns how to stop. */
	start(): () => void {
		const tabs = new BroadcastChannel('session');
		tabs.onmessage = ({ data }) => {
			if (data !== 'renewed') return;
			this.#token.resume();
			this.live.resume();
		};
		const stop = this.live.start();
		return () => {
			tabs.close();
			stop();
		};
	}
}
