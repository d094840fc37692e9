/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import { holds, type Moments, type VerificationFilter } from '#core/filtered-verifications.ts';
import type { Counts } from '#core/verification-history.ts';
import { isOver, type Verification } from '#core/verifications.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';
import { rowsPerPage } from './history-reads.ts';

type Reads = {
	/** Older than a row, or the newest. */
	page: (before: string | null) => Promise<Verification[]>;
	byId: (ids: readonly string[]) => Promise<Verification[]>;
	counts: () => Promise<Counts>;
};

type Opening = {
	rows: readonly Verification[];
	/** Whether there are older ones. */
	older: boolean;
	/** Whether the list begins with the newest there is. */
	newest: boolean;
	counts: Counts;
	filter: VerificationFilter;
	moments: Moments;
	reads: Reads;
};

/** How long after a count the next one may begin, in ms. */
const countEvery = 1000;
const idsPerRead = 80;

/**
 * The requests that a visit shows: the page it began with, what is read on from there, and what is new since. A row stays
 * where it is when it changes, also where the filter would not find it any more.
 */
export class History {
	rows = $state.raw<readonly Verification[]>([]);
	/** New ones that wait above the list, until whoever reads comes back to its top. */
	held = $state.raw<readonly Verification[]>([]);
	older = $state(false);
	/** Nothing answered the last time; the rows shown stay. */
	failed = $state(false);
	counts = $state.raw<Counts>({ counts: {}, capped: false });
	/** The ids of rows that came while the page was open. */
	arrived = $state.raw<ReadonlySet<string>>(new Set());
	#opening: Opening;
	#atTop = true;
	#reading = false;
	#hinted = new Set<string>();

	constructor(opening: Opening) {
		this.#opening = opening;
		this.rows = opening.rows;
		this.older = opening.older;
		this.counts = opening.counts;
	}

	/** What keeps it fresh on a connection: what the person asked for, and what the numbers wait for. */
	source(me: string, numberIds: readonly string[]): Source {
		return {
			topics: [`user:${me}`, ...numberIds.map((id) => `number:${id}`)],
			hint: async ({ event, payload }) => {
				if (event !== 'verification' || typeof payload.id !== 'string') return;
				this.#hinted.add(payload.id);
				await this.#hear();
			},
			heal: () => this.heal()
		};
	}

	/** Whoever reads is at the list's top, or not any more: nothing is put above what they read. */
	look(atTop: boolean): void {
		this.#atTop = atTop;
		if (atTop) this.show();
	}

	/** Puts what is new on top. */
	show(): void {
		if (this.held.length === 0) return;
		this.arrived = new Set([...this.arrived, ...this.held.map(({ id }) => id)]);
		this.rows = sorted([...this.held, ...this.rows]);
		this.held = [];
	}

	/** Reads the next page, one at a time. */
	async readOn(): Promise<void> {
		const last = this.rows.at(-1);
		if (this.#reading || !this.older || !last) return;
		this.#reading = true;
		try {
			const page = await this.#opening.reads.page(last.id);
			const known = new Set(this.rows.map(({ id }) => id));
			this.rows = [...this.rows, ...page.filter(({ id }) => !known.has(id))];
			this.older = page.length >= rowsPerPage;
			this.failed = false;
		} catch {
			// no connection, or no session any more: the page says so, and its link leads on without us
			this.failed = true;
		} finally {
			this.#reading = false;
		}
	}

	/** Reads everything that may have changed while nobody told us: the newest, and what had not ended. */
	heal: () => Promise<void> = coalesce(async () => {
		const { newest, reads } = this.#opening;
		const open = this.rows.filter(({ status }) => !isOver(status)).map(({ id }) => id);
		if (newest) this.#learn(await reads.page(null));
		if (open.length > 0) await this.#reread(open.slice(0, idsPerRead));
		await this.#count();
	});

	#hear = coalesce(async () => {
		while (this.#hinted.size > 0) {
			const ids = [...this.#hinted].slice(0, idsPerRead);
			await this.#reread(ids);
			for (const id of ids) this.#hinted.delete(id);
		}
		// the rows are what was asked for: figures that did not come now come with the next change
		void this.#count().catch(() => undefined);
	});

	#count = coalesce(async () => {
		this.counts = await this.#opening.reads.counts();
		await new Promise((resolve) => setTimeout(resolve, countEvery));
	});

	/** What is not among the answers may not be seen any more. */
	async #reread(ids: readonly string[]): Promise<void> {
		const found = await this.#opening.reads.byId(ids);
		const gone = ids.filter((id) => !found.some((row) => row.id === id));
		if (gone.length > 0) {
			this.rows = this.rows.filter(({ id }) => !gone.includes(id));
			this.held = this.held.filter(({ id }) => !gone.includes(id));
		}
		this.#learn(found);
	}

	/** Changes the rows that are there in their places; those that are new and newer wait, or come on top. */
	#learn(found: readonly Verification[]): void {
		const { newest, filter, moments } = this.#opening;
		const fresh = new Map(found.map((row) => [row.id, row]));
		const renewed = (row: Verification) => {
			const now = fresh.get(row.id);
			fresh.delete(row.id);
			return now && now.revision >= row.revision ? now : row;
		};
		this.rows = this.rows.map(renewed);
		this.held = this.held.map(renewed);
		const first = this.rows[0]?.id ?? '';
		const onTop = newest ? [...fresh.values()].filter((row) => row.id > first && holds(filter, moments, row)) : [];
		if (onTop.length === 0) return;
		this.held = sorted([...onTop, ...this.held]);
		if (this.#atTop) this.show();
	}
}

/** Newest first; ids sort by time. */
function sorted(rows: readonly Verification[]): readonly Verification[] {
	return rows.toSorted((a, b) => (a.id < b.id ? 1 : -1));
}
