import type { Verdict } from '#core/password-strength.ts';

type Judge = (password: string, about: readonly string[]) => Verdict;

/**
 * Judges a password while it is typed. The word lists it takes are half a megabyte: they come with the first use of the
 * field, and until then, or without a connection, nothing is said; the server judges again anyway.
 */
export class PasswordVerdict {
	#load: () => Promise<Judge>;
	#judge = $state.raw<Judge>();
	#loading: Promise<void> | undefined;

	constructor(load: () => Promise<Judge> = async () => (await import('#core/password-strength.ts')).judgePassword) {
		this.#load = load;
	}

	/** To be called when the field is used; again and again does no harm. */
	prepare(): Promise<void> {
		this.#loading ??= this.#load().then(
			(judge) => void (this.#judge = judge),
			() => {
				// the next use tries again
				this.#loading = undefined;
			}
		);
		return this.#loading;
	}

	of(password: string, about: readonly string[]): Verdict | undefined {
		return password && this.#judge ? this.#judge(password, about) : undefined;
	}
}
