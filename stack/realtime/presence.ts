import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Rate } from './rates.ts';
import type { Channel, Topics } from './topics.ts';

type Meta = { phx_ref: string; phx_ref_prev?: string; [detail: string]: unknown };
type State = Record<string, { metas: Meta[] }>;
type Tracked = { details: Record<string, unknown>; meta: Meta };

/**
 * Who is there: each tracking channel is one presence under its key, so a person with three tabs has three.
 * State for those who arrive, differences for those who are there (Phoenix.Presence's format).
 */
export class Presence {
	#tracked = new Map<Channel, Tracked>();
	#topics: Topics;
	#rate: Rate;

	/** @param rate counts states, differences and what is tracked */
	constructor(topics: Topics, rate: Rate) {
		this.#topics = topics;
		this.#rate = rate;
	}

	/** Sends the whole state to one channel, if it asked for presence and may read it. */
	sync(channel: Channel): void {
		if (!listens(channel) || !this.#count(channel)) return;
		// without a prototype: keys are the clients' own words
		const state = Object.create(null) as State;
		for (const other of this.#topics.on(channel.name, channel.private)) {
			const tracked = this.#tracked.get(other);
			if (tracked) (state[other.presence.key] ??= { metas: [] }).metas.push(tracked.meta);
		}
		channel.client.push(channel, 'presence_state', state);
	}

	/**
	 * Tracks the channel with these details, or changes them; the same ones again change nothing. Tracking enables
	 * presence on the channel, as hosted.
	 * @returns false where the channel was closed for it: the project has too much of it
	 */
	track(channel: Channel, details: Record<string, unknown>): boolean {
		const before = this.#tracked.get(channel);
		if (before && isDeepStrictEqual(before.details, details)) return true;
		if (!this.#count(channel)) return false;
		const meta: Meta = { ...details, phx_ref: randomUUID() };
		if (before) meta.phx_ref_prev = before.meta.phx_ref;
		this.#tracked.set(channel, { details, meta });
		if (!channel.presence.enabled) {
			channel.presence.enabled = true;
			this.sync(channel);
		}
		this.#tell(channel, meta, before?.meta);
		return true;
	}

	/** Forgets the channel; also when it leaves or dies. */
	untrack(channel: Channel): void {
		const before = this.#tracked.get(channel);
		if (!this.#tracked.delete(channel)) return;
		this.#tell(channel, undefined, before?.meta);
	}

	#count(channel: Channel): boolean {
		const within = this.#rate.mean <= this.#rate.limit;
		if (within) this.#rate.add();
		else channel.client.close(channel, 'Too many presence messages per second');
		return within;
	}

	#tell(channel: Channel, joined: Meta | undefined, left: Meta | undefined): void {
		const part = (meta: Meta | undefined): State => (meta ? { [channel.presence.key]: { metas: [meta] } } : {});
		const difference = { joins: part(joined), leaves: part(left) };
		for (const other of this.#topics.on(channel.name, channel.private)) {
			if (!listens(other)) continue;
			other.client.push(other, 'presence_diff', difference);
			this.#rate.add();
		}
	}
}

const listens = (channel: Channel) => channel.presence.enabled && channel.rights.presence.read;
