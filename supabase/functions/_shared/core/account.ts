/** How a username looks. The database holds the same rule (public.profiles). */
export const usernamePattern = /^[a-z0-9_]{3,30}$/;

/** What is said of a username that cannot be had; forms say it while one types, without the whole catalogue of refusals. */
export const usernameTaken = 'Somebody has this username already. Try another.';

/** What a person typed, as it would be stored: without spaces around it and the @ of a mention, in lower case. */
export function normalizeUsername(typed: string): string {
	return typed.trim().replace(/^@/, '').toLowerCase();
}

/** Shortest password, in characters, and longest, in bytes of UTF-8: bcrypt reads no further. */
export const passwordLimits = { characters: 10, bytes: 72 } as const;

/** Why a password cannot be one; nothing when it can. */
export function passwordProblem(password: string): 'too_short' | 'too_long' | undefined {
	if ([...password].length < passwordLimits.characters) return 'too_short';
	return new TextEncoder().encode(password).length > passwordLimits.bytes ? 'too_long' : undefined;
}

/** What is too short occurs by chance: a `Lee` should be able to sleep. In characters. */
const shortestName = 4;

/**
 * Whether a password holds a name, address or other word of its owner, whatever its case and accents: those are what is
 * tried first. Names are also looked for in their parts, and written together.
 */
export function isPersonal(password: string, about: readonly string[]): boolean {
	const typed = plain(password);
	return about.some((one) => {
		const word = plain(one);
		const parts = [word, ...word.split(/[^\p{L}\p{N}]+/u), word.replace(/[^\p{L}\p{N}]+/gu, '')];
		// the part behind the @ belongs to many
		const own = word.includes('@') ? [word, word.slice(0, word.lastIndexOf('@'))] : parts;
		return own.some((part) => [...part].length >= shortestName && typed.includes(part));
	});
}

function plain(text: string): string {
	return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Days between asking for the end of one's account and its end. The database counts the same. */
export const deletionDays = 14;
