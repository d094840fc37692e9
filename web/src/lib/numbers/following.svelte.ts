import { isOver, type NumberOrder } from '#core/number-orders.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';

type Settings = {
	order: NumberOrder;
	/** Reads it anew; null where it may not be seen any more. */
	read: () => Promise<NumberOrder | null>;
	/** It has come to its end: what else the page shows has changed with it. */
	onend: () => void;
};

/** An order on the page of somebody who watches it being carried out. */
export class Following {
	order = $state.raw<NumberOrder>() as NumberOrder;
	#settings: Settings;

	constructor(settings: Settings) {
		this.#settings = settings;
		this.order = settings.order;
	}

	/** What the server, or the database, says now. What is older than what is known is not news. */
	learn(order: NumberOrder): void {
		if (order.id !== this.order.id || order.revision <= this.order.revision) return;
		const ends = isOver(order.status) && !isOver(this.order.status);
		this.order = order;
		if (ends) this.#settings.onend();
	}

	#heal = coalesce(async () => {
		if (isOver(this.order.status)) return;
		const order = await this.#settings.read();
		if (order) this.learn(order);
	});

	/** What keeps it fresh on a connection; hints go to whoever ordered. */
	sourceFor(me: string): Source {
		return {
			topics: [`user:${me}`],
			hint: async ({ event, payload }) => {
				if (event === 'number_order' && payload.id === this.order.id) await this.#heal();
			},
			heal: this.#heal
		};
	}

	/** Looks again every so often until it has ended, should a hint be lost. Returns how to stop. */
	watch(milliseconds: number): () => void {
		// without an answer the next look, or the connection, finds it
		const timer = setInterval(() => void this.#heal().catch(() => undefined), milliseconds);
		return () => clearInterval(timer);
	}
}
