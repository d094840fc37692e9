/** How a username looks. The database holds the same rule (profiles.username). */
export const usernamePattern = /^[a-z0-9_]{3,30}$/;

/** What a person typed, as it would be stored: without spaces around it and the @ of a mention, in lower case. */
export function normalizeUsername(typed: string): string {
	return typed.trim().replace(/^@/, '').toLowerCase();
}
