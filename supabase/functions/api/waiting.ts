import { isOver } from '../_shared/core/verifications.ts';
import { Failure } from '../_shared/core/failures.ts';
import { nameOf, type CallerDatabase, type Claims } from '../_shared/database-caller.ts';
import type { Listening } from '../_shared/database-listener.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { one, several, type Verification } from './verification-rows.ts';

export type Wait = {
	claims: Claims;
	id: string;
	/** The revision that the client has seen; undefined waits for the end of `waiting`. */
	known: number | undefined;
	seconds: number;
	/** Aborted when the client is gone. */
	left: AbortSignal;
};

export type Waiting = ReturnType<typeof createWaiting>;

type Waiter = {
	wait: Wait;
	found: Verification | null;
	/** Asked for its last answer, whatever that is. */
	isLate: boolean;
	done: PromiseWithResolvers<Verification | null>;
};

type Parts = {
	database: CallerDatabase;
	/** Listens to the channel `verifications`: what was said, or null where something may have been missed. */
	listen: (hear: (payload: string | null) => void) => Listening;
	log: Log;
};

/** People asked in one round trip, and round trips at once: many waiters cost few connections. */
const mostPeople = 50;
const mostAtOnce = 2;
/** Everything is read anew as often, in ms: rights may end without a change, and a pooler may swallow notifications. */
const rereadEvery = 10_000;
/** How long a database that is away is left alone, in ms. */
const restAfterFailure = 300;
/** A process that has more has no memory to spare. */
const mostWaiters = 5000;

/**
 * Clients that wait for a change of a verification. They share one listening connection, and whatever changes is read for
 * all whom it concerns together, in the name of each.
 */
export function createWaiting({ database, listen, log }: Parts) {
	const waiters = new Map<string, Set<Waiter>>();
	const stale = new Set<Waiter>();
	let count = 0;
	let reading = 0;
	let resting = false;
	const listening = listen(hear);
	let rereading: ReturnType<typeof setInterval> | undefined;

	/** Resolves with the verification as it is once there is news, or the time is over. Refuses as reading it does. */
	async function wait(wish: Wait): Promise<Verification> {
		if (count >= mostWaiters) throw new Failure('unavailable');
		const waiter: Waiter = { wait: wish, found: null, isLate: false, done: Promise.withResolvers() };
		// heard first and read then: nothing falls in between
		add(waiter);
		const end = setTimeout(() => late(waiter), wish.seconds * 1000);
		const leave = () => waiter.done.resolve(waiter.found);
		wish.left.addEventListener('abort', leave);
		try {
			const found = await waiter.done.promise;
			// missing: the reason is found out by itself
			return found ?? (wish.left.aborted ? gone() : await one(database, wish.claims, wish.id));
		} finally {
			clearTimeout(end);
			wish.left.removeEventListener('abort', leave);
			remove(waiter);
		}
	}

	function late(waiter: Waiter): void {
		waiter.isLate = true;
		look([waiter]);
	}

	function add(waiter: Waiter): void {
		count += 1;
		const same = waiters.get(waiter.wait.id) ?? new Set();
		waiters.set(waiter.wait.id, same.add(waiter));
		listening.wake();
		rereading ??= setInterval(() => hear(null), rereadEvery);
		look([waiter]);
	}

	function remove(waiter: Waiter): void {
		count -= 1;
		stale.delete(waiter);
		const same = waiters.get(waiter.wait.id);
		same?.delete(waiter);
		if (same?.size === 0) waiters.delete(waiter.wait.id);
		if (count > 0) return;
		listening.rest();
		clearInterval(rereading);
		rereading = undefined;
	}

	function hear(payload: string | null): void {
		if (payload === null) for (const same of waiters.values()) look(same);
		else look(waiters.get((JSON.parse(payload) as { id: string }).id) ?? []);
	}

	/** Reads for these soon: together with whoever else is concerned in this turn, or while others are read for. */
	function look(those: Iterable<Waiter>): void {
		for (const waiter of those) stale.add(waiter);
		queueMicrotask(() => {
			while (stale.size > 0 && reading < mostAtOnce && !resting) void read(take());
		});
	}

	/** Takes those of some people. */
	function take(): Map<string, Waiter[]> {
		const people = new Map<string, Waiter[]>();
		for (const waiter of stale) {
			const person = nameOf(waiter.wait.claims);
			if (people.size >= mostPeople && !people.has(person)) continue;
			stale.delete(waiter);
			people.set(person, [...(people.get(person) ?? []), waiter]);
		}
		return people;
	}

	async function read(people: Map<string, Waiter[]>): Promise<void> {
		reading += 1;
		const groups = [...people.values()];
		try {
			const wanted = groups.flatMap(([first, ...others]) =>
				first ? [{ claims: first.wait.claims, ids: [...new Set([first, ...others].map(({ wait }) => wait.id))] }] : []
			);
			const answers = await several(database, wanted);
			groups.forEach((group, place) => tell(group, answers[place] ?? []));
		} catch (error) {
			log('reading_failed', { waiters: count, error: summarize(error) });
			await again(groups.flat());
		} finally {
			reading -= 1;
		}
		look([]);
	}

	function tell(group: readonly Waiter[], found: readonly Verification[]): void {
		const byId = new Map(found.map((verification) => [verification.id, verification]));
		for (const waiter of group) {
			waiter.found = byId.get(waiter.wait.id) ?? null;
			if (waiter.isLate || waiter.found === null || isNews(waiter.found, waiter.wait.known)) {
				waiter.done.resolve(waiter.found);
			}
		}
	}

	/** The database is away: whoever has time left is read for again, the others are told. */
	async function again(those: readonly Waiter[]): Promise<void> {
		for (const waiter of those) {
			if (waiter.isLate) waiter.done.reject(new Failure('unavailable'));
			else stale.add(waiter);
		}
		resting = true;
		await new Promise((done) => setTimeout(done, restAfterFailure));
		resting = false;
		for (const waiter of stale) if (!waiters.get(waiter.wait.id)?.has(waiter)) stale.delete(waiter);
	}

	return {
		wait,
		/** How many wait. */
		size: () => count,
		/** Ends the listening. */
		end: () => listening.end()
	};
}

/** Whether a client that has seen this revision learns anything; of what is over there is no more to come. */
function isNews({ status, revision }: Verification, known: number | undefined): boolean {
	return isOver(status) || (known === undefined ? status !== 'waiting' : revision > known);
}

/** Nobody reads what is answered. */
function gone(): never {
	throw new Failure('unavailable', 'The client is gone.');
}
