import { randomUUID } from 'node:crypto';
import type { Channel, Topics } from './topics.ts';

type Meta = { phx_ref: string; phx_ref_prev?: string; [detail: string]: unknown };
type State = Record<string, { metas: Meta[] }>;

/**
 * Who is there: each tracking channel is one presence under its key, so a person with three tabs has three.
 * State for those who arrive, differences for those who are there (Phoenix.Presence's format).
 */
export class Presence {
	#tracked = new Map<Channel, Meta>();
	#topics: Topics;

	constructor(topics: Topics) {
		this.#topics = topics;
	}

	/** Sends the whole state to one channel, if it asked for presence and may read it. */
	sync(channel: Channel): void {
		if (!listens(channel)) return;
		// without a prototype: keys are the clients' own words
		const state = Object.create(null) as State;
		for (const other of this.#topics.on(channel.name, channel.private)) {
			const meta = this.#tracked.get(other);
			if (meta) (state[other.presence.key] ??= { metas: [] }).metas.push(meta);
		}
		channel.client.push(channel, 'presence_state', state);
	}

	/** Tracks the channel with these details, or changes them. Tracking enables presence on the channel, as hosted. */
	track(channel: Channel, details: Record<string, unknown>): void {
		const before = this.#tracked.get(channel);
		const meta: Meta = { ...details, phx_ref: randomUUID(), ...(before ? { phx_ref_prev: before.phx_ref } : {}) };
		this.#tracked.set(channel, meta);
		if (!channel.presence.enabled) {
			channel.presence.enabled = true;
			this.sync(channel);
		}
		this.#tell(channel, meta, before);
	}

	/** Forgets the channel; also when it leaves or dies. */
	untrack(channel: Channel): void {
		const meta = this.#tracked.get(channel);
		if (!this.#tracked.delete(channel)) return;
		this.#tell(channel, undefined, meta);
	}

	#tell(channel: Channel, joined: Meta | undefined, left: Meta | undefined): void {
		const part = (meta: Meta | undefined): State => (meta ? { [channel.presence.key]: { metas: [meta] } } : {});
		const difference = { joins: part(joined), leaves: part(left) };
		for (const other of this.#topics.on(channel.name, channel.private))
			if (listens(other)) other.client.push(other, 'presence_diff', difference);
	}
}

const listens = (channel: Channel) => channel.presence.enabled && channel.rights.presence.read;
