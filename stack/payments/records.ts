/** Objects and what is told of them: whoever makes or changes one says which event that is. */
import { randomBytes } from 'node:crypto';
import type { Store, Thing } from './store.ts';
import type { Webhooks } from './webhooks.ts';

/** The API's version that every object here is shaped after, and the only one that is spoken. */
export const apiVersion = '2026-10-28.endive';

export type StripeEvent = Thing & {
	type: string;
	pending_webhooks: number;
	data: { object: Thing; previous_attributes?: object };
};

/** Whose request an event comes from; nobody's when a person at the page or the clock did it. */
export type Asker = { id: string | null; idempotency_key: string | null };

/** What follows from an event at once, by its type. */
export type Reactions = Record<string, (records: Records, object: Thing) => void>;

export type Records = {
	store: Store;
	/** Seconds since 1970. */
	at: () => number;
	/** Where this is reached, without a slash at the end. */
	origin: () => string;
	tell: (type: string, object: Thing, previous?: object) => void;
	/** Keeps a new object. */
	add: <T extends Thing>(thing: T, event?: string, hidden?: object) => T;
	/** Changes an object; of an `….updated`, what was before is told, too. */
	change: <T extends Thing>(thing: T, changes: Partial<T>, event?: string) => T;
	/** The same at another moment: that of a test clock. Events are told at their real one. */
	when: (seconds: number) => Records;
};

type Surroundings = {
	store: Store;
	webhooks: Webhooks;
	now: () => number;
	origin: () => string;
	reactions: Reactions;
};

export function createRecords(surroundings: Surroundings, asker: Asker, moment?: number): Records {
	const { store, webhooks, now, origin, reactions } = surroundings;

	function tell(type: string, object: Thing, previous?: object): void {
		const event = {
			id: newId('evt'),
			object: 'event',
			api_version: apiVersion,
			created: Math.floor(now() / 1000),
			data: { object, ...(previous && { previous_attributes: previous }) },
			livemode: false,
			pending_webhooks: 0,
			request: asker,
			type
		};
		store.insert(event);
		webhooks.record(event);
		reactions[type]?.(records, object);
	}

	const records: Records = {
		store,
		at: () => moment ?? Math.floor(now() / 1000),
		origin,
		tell,
		add(thing, event, hidden) {
			store.insert(thing, hidden);
			if (event) tell(event, thing);
			return thing;
		},
		change<T extends Thing>(thing: T, changes: Partial<T>, event?: string): T {
			const changed = { ...thing, ...changes };
			const differing = Object.keys(changes).filter(
				(name) => JSON.stringify(thing[name as keyof T]) !== JSON.stringify(changed[name as keyof T])
			);
			if (differing.length === 0) return thing;
			store.save(changed);
			const previous = Object.fromEntries(differing.map((name) => [name, thing[name as keyof T] ?? null]));
			if (event) tell(event, changed, event.endsWith('.updated') ? previous : undefined);
			return changed;
		},
		when: (seconds) => createRecords(surroundings, asker, seconds)
	};
	return records;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new id as Stripe's look: a prefix and `length` letters and digits. */
export function newId(prefix: string, length = 24): string {
	return `${prefix}_${[...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('')}`;
}
