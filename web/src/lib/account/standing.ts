import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import { Live, type Source } from '#lib/realtime/live.svelte.ts';
import { SessionToken } from '#lib/realtime/session-token.ts';

export type Place = { userId: string; organizationId: string };

/** Looks at where the person stands; `news` where something has surely changed. */
export type Look = (news: boolean) => Promise<void>;

/** Follows, on a page's connection, what decides over the page itself: whether the person still belongs here, and as what. */
export function followStanding(live: Pick<Live, 'follow'>, { userId, organizationId }: Place, look: Look): () => void {
	const source: Source = {
		topics: [`user:${userId}`, `organization:${organizationId}`],
		hint: ({ event }) => (event === 'members' || event === 'memberships' ? look(true) : Promise.resolve()),
		heal: () => look(false)
	};
	return live.follow(source);
}

/** The same on a connection of its own, for pages that have none. In the browser only. */
export function openStanding(place: Place, look: Look): () => void {
	const ask: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
	// watch-session.ts says what became of the session
	const token = new SessionToken({ fetch: ask, onended: () => undefined });
	const project = { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY };
	const live = new Live({ project, token, renderedAt: Date.now() });
	const unfollow = followStanding(live, place, look);
	const stop = live.start();
	return () => {
		unfollow();
		stop();
	};
}
