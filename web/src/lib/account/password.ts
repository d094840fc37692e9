import { passwordProblem } from '#core/account.ts';

/** The words of the meter, by strength. */
export const strengths = ['Too short', 'Weak', 'Fair', 'Good', 'Strong'] as const;

/**
 * How well a password would stand guessing, 0 (cannot be one) to 4. A rough measure of length and variety: what
 * repeats, counts up or names its owner adds little.
 */
export function passwordStrength(password: string, names: readonly string[] = []): 0 | 1 | 2 | 3 | 4 {
	if (passwordProblem(password)) return 0;
	let rest = password.toLowerCase();
	for (const name of names) if (name.length > 2) rest = rest.replaceAll(name.toLowerCase(), '');
	const characters = [...rest];
	const fresh = characters.filter((character, place) => !continues(characters[place - 1], character)).length;
	const effort = Math.min(fresh, new Set(characters).size * 1.8);
	if (effort < 7) return 1;
	if (effort < 11) return 2;
	return effort < 15 ? 3 : 4;
}

/** Whether a character is the one before it again, or its neighbour in the alphabet or on the row of digits. */
function continues(before: string | undefined, character: string): boolean {
	const step = (character.codePointAt(0) ?? 0) - (before?.codePointAt(0) ?? -9);
	return Math.abs(step) <= 1;
}
