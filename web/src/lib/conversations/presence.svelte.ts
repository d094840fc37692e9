/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Chips } from './chips.svelte.ts';

/** Which conversation, and whose list it stands in; a team's own has no number. */
type Place = { id: string; phone_number_id: string | null };

type Settings = {
	myId: string;
	chips: Chips;
	/** Whether somebody is a colleague: what is said on a topic is not proven. */
	knows: (userId: string) => boolean;
	/** Says something to the colleagues on a topic; lost where there is no connection. */
	say: (topic: string, event: string, payload: Record<string, unknown>) => void;
};

/** How often it is said that somebody still types, and after how long without it they no longer do, in ms. */
const [every, lasts] = [2500, 6000];

/** What colleagues do right now, for the team only: who has this conversation open, and who types where. */
export class Presence {
	/** Colleagues who have the open conversation open, too: their user ids. */
	here = $state.raw<readonly string[]>([]);
	#settings: Settings;
	#said = new Map<string, number>();
	#ends = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** The person writes in a conversation, or, with nothing left, stopped doing so. Call it with every change. */
	wrote({ id, phone_number_id }: Place, text: string): void {
		const said = this.#said.get(id) ?? -Infinity;
		const types = text.trim() !== '';
		if (types ? Date.now() - said < every : said === -Infinity) return;
		if (types) this.#said.set(id, Date.now());
		else this.#said.delete(id);
		const payload = { conversation_id: id, user_id: this.#settings.myId, types };
		this.#settings.say(`conversation:${id}`, 'typing', payload);
		if (phone_number_id) this.#settings.say(`number:${phone_number_id}`, 'typing', payload);
	}

	/** A colleague's browser said that they type. It is forgotten by itself. */
	hear({ conversation_id: place, user_id: who, types }: Readonly<Record<string, unknown>>): void {
		if (typeof place !== 'string' || typeof who !== 'string') return;
		if (who === this.#settings.myId || !this.#settings.knows(who)) return;
		const ends = this.#ends.get(place) ?? new Map<string, ReturnType<typeof setTimeout>>();
		this.#ends.set(place, ends);
		const stop = () => {
			ends.delete(who);
			this.#settings.chips.setTyping(place, [...ends.keys()]);
		};
		clearTimeout(ends.get(who));
		if (types === false) return stop();
		ends.set(who, setTimeout(stop, lasts));
		this.#settings.chips.setTyping(place, [...ends.keys()]);
	}

	/** Who has the open conversation open, by their browsers' word. */
	meet(userIds: readonly string[]): void {
		const { myId, knows } = this.#settings;
		this.here = [...new Set(userIds)].filter((id) => id !== myId && knows(id));
	}
}
