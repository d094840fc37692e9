/** How a username looks. The database holds the same rule (public.profiles). */
export const usernamePattern = /^[a-z0-9_]{3,30}$/;

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
