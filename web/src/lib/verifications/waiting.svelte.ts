/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import type { Candidate, OtherText, Verification, VerificationCode } from '#core/verifications.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import type { Source } from '#lib/realtime/live.svelte.ts';
import type { Opened } from './reads.ts';

type Settings = Opened & {
	me: string;
	/** Reads all of it anew; null where it may not be seen any more. */
	read: () => Promise<Opened | null>;
	/** It may not be seen any more. */
	ongone?: () => void;
};

/** A request for a code on the page of somebody who waits for it, or looks on. */
export class Waiting {
	readonly id: string;
	/** A code has just come, in time. */
	onarrival: (() => void) | null = null;
	/** Whether the person wishes the code in the tab's title. */
	inTitle = $state(false);
	verification = $state.raw<Verification>() as Verification;
	/** Every code that came for it, or may have, newest first. */
	codes = $state.raw<readonly VerificationCode[]>([]);
	candidates = $state.raw<readonly Candidate[]>([]);
	/** Texts in which no code was found, while none has come. */
	others = $state.raw<readonly OtherText[]>([]);
	/** What this person had shown to them, by the code's id. */
	revealed = $state.raw<ReadonlyMap<string, string>>(new Map());
	/** Now by the server's clock, ms since 1970; 0 until the browser has taken over. */
	now = $state(0);
	/** Those that came in time, newest first. */
	inTime = $derived(this.codes.filter(({ late, verification_id }) => !late && verification_id === this.id));
	late = $derived(this.codes.filter(({ late, verification_id }) => late && verification_id === this.id));
	/** Those of which nobody can say whose they are, until somebody does. */
	unclear = $derived(this.codes.filter(({ verification_id }) => verification_id === null));
	/** The one that counts, to be typed; null where there is none, or none that this person sees. */
	code = $derived.by(() => {
		const { final_code, code } = this.verification;
		return final_code ?? code ?? this.codeOf(this.inTime[0]);
	});
	mine = $derived.by(() => this.verification.requested_by === this.#settings.me);
	isOpen = $derived(this.verification.status === 'waiting' || this.verification.status === 'code_received');
	/** How long it still waits, in ms; null until the browser has taken over. */
	left = $derived(this.now === 0 ? null : Math.max(0, Date.parse(this.verification.expires_at) - this.now));
	#settings: Settings;
	#offset = 0;
	/** The newest revision that a hint spoke of. */
	#told = 0;
	#known: Set<string>;

	constructor(settings: Settings) {
		this.#settings = settings;
		this.id = settings.verification.id;
		this.verification = settings.verification;
		this.codes = settings.codes;
		this.candidates = settings.candidates;
		this.others = settings.others;
		this.#known = new Set(settings.codes.map(({ id }) => id));
	}

	/** A code as this person sees it; null where it is masked to them or not kept any more. */
	codeOf(code: VerificationCode | undefined): string | null {
		return code ? (code.code ?? this.revealed.get(code.id) ?? null) : null;
	}

	/** Has a code that was masked shown from now on. */
	reveal(id: string, code: string): void {
		this.revealed = new Map(this.revealed).set(id, code);
	}

	/**
	 * Counts the seconds, by the server's clock. Returns how to stop.
	 * @param renderedAt the server's clock when it answered, and `arrivedAt` this browser's when that came; ms since 1970
	 */
	tick(renderedAt: number, arrivedAt: number): () => void {
		this.#offset = renderedAt - arrivedAt;
		const count = () => (this.now = Date.now() + this.#offset);
		count();
		const timer = setInterval(count, 1000);
		return () => clearInterval(timer);
	}

	/** What the server, or the database, says now. What is older than what is known is not news. */
	learn({ verification, codes, candidates, others }: Opened): void {
		if (verification.id !== this.id || verification.revision < this.verification.revision) return;
		this.verification = verification;
		this.codes = codes;
		this.candidates = candidates;
		this.others = others;
		for (const code of codes) {
			if (this.#known.has(code.id)) continue;
			this.#known.add(code.id);
			if (!code.late) this.onarrival?.();
		}
	}

	#heal = coalesce(async () => {
		const opened = await this.#settings.read();
		if (opened) this.learn(opened);
		else this.#settings.ongone?.();
	});

	/** What keeps it fresh on a connection. */
	get source(): Source {
		return {
			topics: [`user:${this.#settings.me}`, `number:${this.verification.phone_number_id}`],
			hint: async ({ event, payload }) => {
				// a text has come in which no code was found, for all that is known
				if (event === 'conversation' && this.verification.status === 'waiting') return this.#heal();
				if (event !== 'verification') return;
				if (payload.id !== this.id) {
					// what becomes of another may say whose a code is
					if (this.unclear.length > 0) await this.#heal();
					return;
				}
				// it is said on both topics
				const revision = Number(payload.revision);
				if (revision <= Math.max(this.#told, this.verification.revision)) return;
				this.#told = revision;
				await this.#heal();
			},
			heal: this.#heal
		};
	}
}
