import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Live } from '#lib/realtime/live.svelte.ts';
import { SessionToken } from '#lib/realtime/session-token.ts';

/**
 * Calls `onnews` when something of the person changed, and whenever that may have been missed, until the signal says that
 * nobody waits any more. In the browser only.
 */
export function followProfile(userId: string, onnews: () => Promise<void>, left: AbortSignal): void {
	if (left.aborted) return;
	const ask: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
	// the page itself notices a session that ended when it reads
	const token = new SessionToken({ fetch: ask, onended: () => void onnews() });
	const live = new Live({
		project: { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY },
		token,
		renderedAt: Date.now()
	});
	const unfollow = live.follow({
		topics: [`user:${userId}`],
		hint: ({ event }) => (event === 'profile' ? onnews() : Promise.resolve()),
		heal: onnews
	});
	const stop = live.start();
	left.addEventListener('abort', () => {
		unfollow();
		stop();
	});
}
