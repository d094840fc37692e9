import { deletionDays } from '#core/account.ts';

/** When an account ends whose end was asked for at this moment. Both ISO 8601. */
export function deletionOf(requestedAt: string): string {
	return new Date(Date.parse(requestedAt) + deletionDays * 24 * 60 * 60_000).toISOString();
}
