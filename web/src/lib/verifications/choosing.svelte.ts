import type { Service } from '#core/verifications.ts';

/** Known services that fit what was typed, those that begin with it first; all of them for nothing. */
export function fitting(services: readonly Service[], typed: string): Service[] {
	const said = typed.trim().toLowerCase();
	if (said === '') return [...services];
	const begins = services.filter(({ name }) => name.toLowerCase().startsWith(said));
	const rest = services.filter(
		(service) =>
			!begins.includes(service) &&
			(service.name.toLowerCase().includes(said) || service.words.some((word) => word.startsWith(said)))
	);
	return [...begins, ...rest];
}

/** A field in which a service is named, and the list below it: known ones are offered, every other name is as good. */
export class Choosing {
	typed = $state('');
	open = $state(false);
	/** Which of those offered the keys are at; -1: at none, what was typed counts. */
	active = $state(-1);
	#services: readonly Service[];
	offered = $derived.by(() => fitting(this.#services, this.#looking ? this.typed : ''));
	/** Known, as it stands in the field. */
	known = $derived.by(() => {
		const said = this.typed.trim().toLowerCase();
		return this.#services.find(({ name, words }) => name.toLowerCase() === said || words.includes(said));
	});
	/** Typed since the list was opened: before that all are offered. */
	#looking = $state(false);

	constructor(services: readonly Service[], typed: string) {
		this.#services = services;
		this.typed = typed;
	}

	/** Something was typed. */
	type(text: string): void {
		this.typed = text;
		this.#looking = true;
		this.open = true;
		this.active = -1;
	}

	show(): void {
		this.open = true;
		this.#looking = false;
		this.active = -1;
	}

	close(): void {
		this.open = false;
		this.active = -1;
	}

	choose(service: Service): void {
		this.typed = service.name;
		this.close();
	}

	/** Answers whether the key was the list's. */
	press(key: string): boolean {
		if (key === 'ArrowDown' || key === 'ArrowUp') {
			if (!this.open) this.show();
			const count = this.offered.length;
			if (count === 0) return true;
			const step = key === 'ArrowDown' ? 1 : -1;
			this.active = this.active === -1 ? (step === 1 ? 0 : count - 1) : (this.active + step + count) % count;
			return true;
		}
		if (!this.open) return false;
		const at = this.offered[this.active];
		if (key === 'Enter' && at) {
			this.choose(at);
			return true;
		}
		if (key === 'Escape') {
			this.close();
			return true;
		}
		return false;
	}
}
