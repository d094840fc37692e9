import { tick } from 'svelte';

/**
 * Where somebody reads in a thread. The scroller is a column that grows upwards (`column-reverse`): it opens at its end
 * without a script, and stays there while texts arrive. Anywhere else, what is being read must not move.
 */
export class ReadingPosition {
	atEnd = $state(true);
	#scroller: HTMLElement | null = null;
	#holding = false;

	/** For `{@attach}` on the scroller. */
	watch = (scroller: HTMLElement): (() => void) => {
		this.#scroller = scroller;
		const onscroll = () => (this.atEnd = scroller.scrollTop > -24);
		onscroll();
		scroller.addEventListener('scroll', onscroll, { passive: true });
		return () => {
			scroller.removeEventListener('scroll', onscroll);
			this.#scroller = null;
		};
	};

	/** Call before the content changes: what is being read stays where it is on the screen. */
	hold(): void {
		const scroller = this.#scroller;
		if (!scroller || this.atEnd || this.#holding) return;
		const top = scroller.getBoundingClientRect().top;
		const anchor = [...scroller.querySelectorAll('[data-anchor]')].find(
			(element) => element.getBoundingClientRect().bottom > top
		);
		if (!anchor) return;
		const before = anchor.getBoundingClientRect().top;
		// changes that follow before the page is drawn anew count from here as well
		this.#holding = true;
		void tick().then(() => {
			this.#holding = false;
			if (anchor.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
		});
	}

	/** Goes to the newest text. */
	toEnd(): void {
		this.#scroller?.scrollTo({ top: 0 });
	}

	/** Shows an element near the top, where reading begins, unless it is in sight already. */
	beginAt(selector: string): void {
		const scroller = this.#scroller;
		const element = scroller?.querySelector(selector);
		if (!scroller || !element) return;
		const above = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
		if (above < 0) scroller.scrollTop += above - 16;
	}
}
