import { tick } from 'svelte';

type Placed = { seq: number; texts: number };

type Settings = {
	/** Everything that could be drawn, in order. */
	items: () => readonly Placed[];
	/** Whether the last item is the newest there is. */
	ends: () => boolean;
	/** The first, or the last, item comes into reach: more is wanted. */
	onstart: () => void;
	onend: () => void;
	/** The end was asked for, beyond what is here. */
	onleap: () => Promise<void>;
};

/** How many texts are drawn at once: few enough for one frame. */
const step = 16;
/** More than the height of all that is ever taken away at once, in px. */
const plenty = 100_000;
/** From how near the edge of what is drawn, and up to how far, in heights of the scroller. */
const [near, far, kept] = [1, 3, 2];

/**
 * Where somebody reads in a thread, and which part of it is drawn there: what is around, however long the thread is.
 * The scroller is a column that grows upwards (`column-reverse`): it opens at its end without a script, stays there while
 * texts arrive, and nothing moves when texts are put above. What is no longer drawn below leaves its height to a spacer, so
 * that scrolling is never interrupted. Whatever else changes, what is being read does not move.
 */
export class ReadingPosition {
	atEnd = $state(true);
	/** The part that is drawn: from the item that holds this seq to the last one up to that. */
	from = $state(0);
	to = $state(Infinity);
	#settings: Settings;
	#scroller: HTMLElement | null = null;
	#holding = false;
	/** Somebody is being taken elsewhere: nothing is to be held. */
	#going = false;
	#waiting = false;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** For `{@attach}` on the scroller: a column whose first child is the spacer, an `<svg>`. */
	watch = (scroller: HTMLElement): (() => void) => {
		this.#scroller = scroller;
		const onscroll = () => {
			if (this.atEnd) this.#look();
			this.adjust();
		};
		this.#look();
		scroller.addEventListener('scroll', onscroll, { passive: true });
		return () => {
			scroller.removeEventListener('scroll', onscroll);
			this.#scroller = null;
		};
	};

	/** The first and the last item that are drawn, as places in the list; nothing while there are no items. */
	range(items: readonly Placed[]): [number, number] {
		let start = Math.max(0, after(items, this.from) - 1);
		while (start > 0 && items[start - 1]?.seq === items[start]?.seq) start -= 1;
		return [start, after(items, this.to) - 1];
	}

	/** Call before what is drawn changes: what is being read stays where it is on the screen. */
	hold(): void {
		const scroller = this.#scroller;
		if (!scroller || this.atEnd || this.#holding || this.#going) return;
		const top = scroller.getBoundingClientRect().top;
		const drawn = [...scroller.querySelectorAll<HTMLElement>('[data-anchor]')];
		const anchor = drawn.find((element) => element.getBoundingClientRect().bottom > top) ?? drawn.at(-1);
		if (!anchor) return;
		const before = anchor.getBoundingClientRect().top;
		const name = CSS.escape(anchor.dataset.anchor ?? '');
		// changes that follow before the page is drawn anew count from here as well
		this.#holding = true;
		const height = this.#space();
		void tick().then(() => {
			this.#holding = false;
			if (this.#going) return;
			// with too little left below, the browser would scroll by itself
			if (this.to < Infinity) this.#space(height + plenty);
			const now = anchor.isConnected ? anchor : scroller.querySelector(`[data-anchor="${name}"]`);
			if (now) this.#shift(now.getBoundingClientRect().top - before);
			else this.#space(height);
		});
	}

	/** Draws more where the edge comes near, and less where it is far. Call when either may have changed. */
	adjust(): void {
		const scroller = this.#scroller;
		if (!scroller || this.#going) return;
		// until what is read is back in its place, nothing here says where anything is
		if (this.#holding) return this.#again();
		const drawn = [...scroller.querySelectorAll<HTMLElement>('[data-place]')];
		const [first, last] = [drawn.at(0)?.getBoundingClientRect(), drawn.at(-1)?.getBoundingClientRect()];
		const box = scroller.getBoundingClientRect();
		if (!first || !last || box.height === 0) return;
		const items = this.#settings.items();
		const [start, end] = this.range(items);
		const before = [this.from, this.to];
		const above = box.top - first.top;
		const below = last.bottom - box.bottom;

		if (above < near * box.height) {
			if (start > 0) this.from = seqAt(items, back(items, start, step));
			else {
				// some of what comes is drawn with it: the first text may lose its day's name, and the page must not get shorter
				this.from = seqAt(items, 0) - step;
				this.#settings.onstart();
			}
		} else if (above > far * box.height) {
			const edge = drawn.find((element) => element.getBoundingClientRect().bottom > box.top - kept * box.height);
			this.from = Number(edge?.dataset.place ?? this.from);
		}

		const atLast = end >= items.length - 1;
		if (last.bottom < box.top && !this.#settings.ends() && scroller.scrollTop > -box.height) {
			void this.toEnd();
		} else if (below < near * box.height) {
			// pulled into the empty part: catch up faster
			const next = forth(items, end, last.bottom < box.top ? 4 * step : step);
			const all = next >= items.length - 1;
			this.to = all && this.#settings.ends() ? Infinity : seqAt(items, next);
			if (atLast && !this.#settings.ends()) this.#settings.onend();
		} else if (below > far * box.height) {
			const edge = drawn.findLast((element) => element.getBoundingClientRect().top < box.bottom + kept * box.height);
			this.to = Number(edge?.dataset.place ?? this.to);
		}
		if (this.from !== before[0] || this.to !== before[1]) this.#again();
		// only once it is drawn: what was not there a moment ago must not push away what is read
		else this.#look();
	}

	/** Goes to the newest text. */
	async toEnd(): Promise<void> {
		await this.#go(async () => {
			await this.#settings.onleap();
			const items = this.#settings.items();
			this.from = seqAt(items, back(items, items.length, 3 * step));
			this.to = Infinity;
		});
		this.#scroller?.scrollTo({ top: 0 });
		this.#settle();
	}

	/** Goes to the text at `seq`, or the first one after it, which must be among the items. */
	async goTo(seq: number): Promise<void> {
		await this.#go(() => {
			const items = this.#settings.items();
			const at = Math.min(Math.max(0, after(items, seq) - 1), items.length - 1);
			const next = forth(items, at, 2 * step);
			this.from = seqAt(items, back(items, at, 2 * step));
			this.to = next >= items.length - 1 && this.#settings.ends() ? Infinity : seqAt(items, next);
		});
		const drawn = [...(this.#scroller?.querySelectorAll<HTMLElement>('[data-seq]') ?? [])];
		this.#showNearTop(drawn.find((element) => Number(element.dataset.seq) >= seq) ?? drawn.at(-1), 0.25);
		this.#settle();
	}

	/** Shows the text at `seq` near the top, where reading begins, unless it is in sight already. */
	async beginAt(seq: number): Promise<void> {
		const top = this.#scroller?.getBoundingClientRect().top ?? 0;
		const element = this.#scroller?.querySelector(`[data-seq="${seq}"]`);
		if (element && element.getBoundingClientRect().top < top) await this.goTo(seq);
	}

	#showNearTop(element: Element | undefined, share: number): void {
		const scroller = this.#scroller;
		if (!scroller || !element) return;
		const { top, height } = scroller.getBoundingClientRect();
		scroller.scrollTop += element.getBoundingClientRect().top - top - Math.max(16, share * height);
	}

	async #go(draw: () => void | Promise<void>): Promise<void> {
		this.#going = true;
		try {
			await draw();
			await tick();
			this.#space(0);
		} finally {
			this.#going = false;
		}
	}

	#settle(): void {
		this.#look();
		this.#again();
	}

	/** In the next frame, once for all that ask in this one. */
	#again(): void {
		if (this.#waiting) return;
		this.#waiting = true;
		requestAnimationFrame(() => {
			this.#waiting = false;
			this.adjust();
		});
	}

	#look(): void {
		const down = (this.#scroller?.scrollTop ?? 0) > -24 && this.#space() === 0;
		this.atEnd = down && this.to === Infinity && this.#settings.ends();
	}

	/** Takes back by how much what is read moved down: by the spacer first, which interrupts nobody's scrolling. */
	#shift(moved: number): void {
		const scroller = this.#scroller;
		if (!scroller) return;
		const height = this.#space();
		const wanted = this.to === Infinity ? 0 : Math.max(0, height + moved);
		if (wanted !== height) this.#space(wanted);
		const rest = moved - (wanted - height);
		if (Math.abs(rest) >= 0.5) scroller.scrollTop += rest;
	}

	/** The spacer's height in px. Its attribute, as the page holds no styles. */
	#space(height?: number): number {
		const spacer = this.#scroller?.firstElementChild;
		if (height !== undefined) spacer?.setAttribute('height', String(height));
		return Number(spacer?.getAttribute('height') ?? 0);
	}
}

/** How many items begin at or before a seq. */
function after(items: readonly Placed[], seq: number): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((items[middle]?.seq ?? 0) <= seq) low = middle + 1;
		else high = middle;
	}
	return low;
}

function back(items: readonly Placed[], from: number, texts: number): number {
	let at = from;
	for (let count = 0; at > 0 && count < texts; at -= 1) count += items[at - 1]?.texts ?? 0;
	return at;
}

function forth(items: readonly Placed[], from: number, texts: number): number {
	let at = from;
	for (let count = 0; at < items.length - 1 && count < texts; at += 1) count += items[at + 1]?.texts ?? 0;
	return at;
}

const seqAt = (items: readonly Placed[], at: number) => items[at]?.seq ?? 0;
