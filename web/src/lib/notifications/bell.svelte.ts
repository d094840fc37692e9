import { createContext } from 'svelte';
import type { Notification } from '#core/notifications.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';

/** What the person has not read: a number on every page, and in the inbox, which has a connection, the rows themselves. */
export class Bell {
	count = $state(0);
	unread = $state.raw<readonly Notification[]>([]);
	#learnt = Promise.withResolvers<undefined>();

	/** Resolves when the rows are known. */
	get learnt(): Promise<undefined> {
		return this.#learnt.promise;
	}

	/** The rows as they are now, newest first. */
	learn(unread: readonly Notification[]): void {
		this.unread = unread;
		this.count = unread.length;
		this.#learnt.resolve(undefined);
	}

	/** What keeps it fresh on a connection: read again at every word on the person's topic. */
	source(userId: string, read: () => Promise<Notification[]>): Source {
		const heal = async () => this.learn(await read());
		return {
			topics: [`user:${userId}`],
			hint: async ({ event }) => {
				if (event === 'notification' || event === 'memberships') await heal();
			},
			heal
		};
	}
}

export const [getBell, setBell] = createContext<Bell>();
