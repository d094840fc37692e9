import * as reads from '#lib/realtime/reads.ts';
import type { Rest } from '#lib/realtime/rest.ts';
import type { Chips } from './chips.svelte.ts';
import type { Drafts } from './drafts.svelte.ts';

type Settings = {
	me: { user_id: string; organization: { id: string } };
	rest: Rest;
	drafts: Drafts;
	chips: Chips;
};

/** Hears of drafts: one's own from other pages, and where colleagues have an answer begun. */
export class DraftNews {
	#settings: Settings;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** Catches up. */
	async heal(): Promise<void> {
		const { me, rest, drafts } = this.#settings;
		drafts.learn(await reads.drafts(rest, me.organization.id));
		await this.#mark();
	}

	/** A draft of one's own changed on another page, or a colleague has begun or ended one. */
	async hear({ conversation_id: id, user_id: colleague }: Readonly<Record<string, unknown>>): Promise<void> {
		const { me, rest, drafts } = this.#settings;
		if (typeof id !== 'string' || colleague === me.user_id) return;
		if (colleague !== undefined) return this.#mark(id);
		const kept = await reads.drafts(rest, me.organization.id, id);
		if (kept.length > 0) drafts.learn(kept);
		else drafts.forget(id);
	}

	/** Who else has an answer begun: the list's chips. */
	async #mark(id?: string): Promise<void> {
		const { me, rest, chips } = this.#settings;
		const marks = await reads.draftMarks(rest, me.organization.id, id);
		const others = Map.groupBy(
			marks.filter(({ user_id }) => user_id !== me.user_id),
			({ conversation_id }) => conversation_id
		);
		for (const known of id ? [id] : [...new Set([...chips.drafts.keys(), ...others.keys()])]) {
			chips.setDrafts(known, others.get(known)?.map(({ user_id }) => user_id) ?? []);
		}
	}
}
