import type { Client } from './client.ts';
import type { Keep } from './keeping.ts';
import type { Limits } from './limits.ts';
import type { Policies } from './policies.ts';
import type { Presence } from './presence.ts';
import type { Rates } from './rates.ts';
import type { Replays } from './replay.ts';
import { Refusal, verifyToken, type Token } from './token.ts';
import type { Topics } from './topics.ts';

/** What answering somebody takes. */
export type Context = {
	/** every open socket */
	clients: ReadonlySet<Client>;
	topics: Topics;
	presence: Presence;
	policies: Policies;
	replays: Replays;
	keep: Keep;
	limits: Limits;
	rates: Rates;
	jwtSecret: string;
};

/** The token of a join or a refresh; null where the client brings none or only an API key (`sb_…`), as hosted. */
export function tokenFrom({ jwtSecret }: Context, raw: unknown): Token | null {
	if (typeof raw !== 'string' || raw === '' || raw.startsWith('sb_')) return null;
	return verifyToken(raw, jwtSecret, Date.now() / 1000);
}

/** Whether Postgres can hold it and a client may have meant it. */
export const isTopic = (name: string) => name !== '' && name.isWellFormed() && !name.includes('\0');

/** What a client is told. Anything but a refusal is the database's trouble, and goes into the log. */
export function inWords(error: unknown): string {
	if (error instanceof Refusal) return error.reason;
	console.error('The policies could not be asked:', error instanceof Error ? error.message : error);
	return 'UnableToConnectToProject: Realtime was unable to connect to the project database';
}
