import { askerOf } from './database-ask.ts';
import { connect, type ConnectionOptions } from './database-connection.ts';
import { idempotencyVerbs } from './database-idempotency.ts';
import { keyVerbs } from './database-keys.ts';
import { limitVerbs } from './database-limits.ts';
import { requestVerbs } from './database-requests.ts';
import { createSeal } from './database-seal.ts';

export type DoorDatabase = ReturnType<typeof createDoorDatabase>;

/** What the door of the developer API asks before and after a request, as the role `edge`, over a small pool of its own. */
export function createDoorDatabase(url: string, options: ConnectionOptions = {}) {
	const { rows, end } = connect(url, { connections: 4, ...options });
	const ask = askerOf(rows);
	return {
		...keyVerbs(ask),
		...limitVerbs(rows),
		// the address holds a password, which the database itself does not know
		...idempotencyVerbs(ask, createSeal(url, 'answers of requests')),
		...requestVerbs(ask),

		/** Closes the pool once what was asked is answered. */
		end
	};
}

/** The same at the database an edge function's environment names. */
export function doorDatabaseOf(env: Readonly<Record<string, string | undefined>>): DoorDatabase {
	if (env.EDGE_DATABASE_URL) return createDoorDatabase(env.EDGE_DATABASE_URL);
	if (env.SUPABASE_DB_URL) return createDoorDatabase(env.SUPABASE_DB_URL, { role: 'edge' });
	throw new Error('Set EDGE_DATABASE_URL, or SUPABASE_DB_URL.');
}
