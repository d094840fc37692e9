import type { ScheduledText } from '#core/composing.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';
import * as reads from '#lib/realtime/reads.ts';
import type { Desk } from './desk.svelte.ts';
import { postDeed } from './sending.ts';

/** What is to be sent later in one conversation. */
export class Upcoming {
	texts = $state.raw<readonly ScheduledText[]>([]);
	/** Why the last deed was refused. */
	says = $state('');
	/** Where to hear of changes, and how to catch up. */
	readonly source: Source;
	#desk: Desk;
	#conversationId: string;

	constructor(desk: Desk, conversationId: string) {
		this.#desk = desk;
		this.#conversationId = conversationId;
		this.source = {
			topics: [`conversation:${conversationId}`],
			// a text that arrives may have cancelled one
			hint: async ({ event }) => {
				if (event === 'scheduled') await this.heal();
			},
			heal: () => this.heal()
		};
	}

	heal: () => Promise<void> = coalesce(async () => {
		this.texts = await reads.scheduledIn(this.#desk.rest, this.#conversationId);
	});

	/** Has one not be sent, or puts a refused one away. */
	async cancel(id: string): Promise<void> {
		const page = this.#desk.pageOf(this.#conversationId);
		const done = await postDeed((...request) => fetch(...request), page, 'cancelScheduled', { id });
		this.says = done.says ?? '';
		if (done.says === undefined) this.texts = this.texts.filter((text) => text.id !== id);
	}
}
