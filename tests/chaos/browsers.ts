import { vi } from 'vitest';
import { Live } from '#lib/realtime/live.svelte.ts';
import { messagesAfter, messagesBefore, messagesFrom, messagesPerPage } from '#lib/realtime/reads.ts';
import { Rest } from '#lib/realtime/rest.ts';
import { SessionToken } from '#lib/realtime/session-token.ts';
import { Thread } from '#lib/conversations/thread.svelte.ts';
import type { Person } from '../support/people.ts';
import type { World } from './world.ts';

/** The app's own connection and threads, outside of a browser. */
export type Browser = { threads: Map<string, Thread>; live: Live; close: () => void };

/** What the app's connection asks of its window: events, that it is seen, that there is a network. */
export function stubWindow(): void {
	vi.stubGlobal('window', new EventTarget());
	vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
	vi.stubGlobal('navigator', { onLine: true });
}

/** Opens every conversation of the world as a person's browser does, and keeps it open. */
export function openBrowser({ stack, conversations }: World, person: Person): Browser {
	const project = { url: stack.env.SUPABASE_URL, key: stack.env.SUPABASE_PUBLISHABLE_KEY };
	const expires = Math.floor(Date.now() / 1000) + 3600;
	const token = new SessionToken({
		fetch: async () => Response.json({ access_token: person.accessToken, expires_at: expires }),
		onended: () => undefined
	});
	const rest = new Rest({ project, token, fetch });
	const live = new Live({ project, token, renderedAt: Date.now() });
	const threads = new Map<string, Thread>();
	const stop = live.start();
	for (const id of conversations.values()) {
		const thread = new Thread({
			messages: [],
			more: false,
			lastReadSeq: 0,
			reads: {
				after: (revision) => messagesAfter(rest, id, revision),
				before: (seq) => messagesBefore(rest, id, seq),
				from: (seq) => messagesFrom(rest, id, seq),
				pageSize: messagesPerPage
			}
		});
		threads.set(id, thread);
		live.follow({
			topics: [`conversation:${id}`],
			hint: async ({ payload }) => {
				if (thread.isNews(payload.revision)) await thread.heal();
			},
			heal: thread.heal
		});
	}
	return { threads, live, close: stop };
}
