import type { Live, Source } from '#lib/realtime/live.svelte.ts';

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

/** How often a page without a connection looks, in ms: what is taken away is gone from it within five seconds. */
const every = 4000;

/** The same by asking now and then, for pages that have no connection: one of its own would weigh more than such a page. */
export function pollStanding(look: Look): () => void {
	const ask = () => {
		// no answer: the next one comes soon
		if (document.visibilityState === 'visible') look(false).catch(() => undefined);
	};
	const timer = setInterval(ask, every);
	document.addEventListener('visibilitychange', ask);
	ask();
	return () => {
		clearInterval(timer);
		document.removeEventListener('visibilitychange', ask);
	};
}
