import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { z } from 'zod';
import type { Broadcast } from './frames.ts';
import { Refusal } from './token.ts';

/** As long as anything on realtime.messages lives, in seconds. */
const longest = 72 * 60 * 60;

/** realtime-js's `RealtimeBroadcastPersist`: for as long as anything is kept, or for `ttl` seconds. */
const Wish = z.union([
	z.literal(true).transform(() => longest),
	z.object({ ttl: z.int().min(1).max(longest).default(longest) }).transform(({ ttl }) => ttl)
]);

/**
 * For how many seconds a client wants its broadcast kept, so that it can be replayed; null for not at all.
 * @throws Refusal on a public channel, or for no such time
 */
export function readPersist(wish: unknown, isPrivate: boolean): number | null {
	if (wish === undefined || wish === null || wish === false) return null;
	const { data, success } = Wish.safeParse(wish);
	if (!success) throw new Refusal('UnableToPersistMessage', 'Persist params are not valid');
	if (!isPrivate) throw new Refusal('UnableToPersistMessage', 'Persist is not allowed for public channels');
	return data;
}

/** Stores a client's broadcast on a private topic, and gives it the id under which it may be replayed. */
export type Keep = (topic: string, broadcast: Broadcast, seconds: number) => Promise<Broadcast>;

export function keeper(sql: Sql): Keep {
	return async (topic, broadcast, seconds) => {
		const id = randomUUID();
		const { event, json, payload } = broadcast;
		const [text, bytes] = json ? [payload.toString('utf8'), null] : [null, payload];
		await sql.begin(async (tx) => {
			// the trigger on the table would tell everybody, the sender included; it is sent by whoever stores it
			await tx`set local session_replication_role = replica`;
			await tx`
				insert into realtime.messages (id, topic, event, extension, private, payload, binary_payload, expires_at)
				values (${id}, ${topic}, ${event}, 'broadcast', true, ${text}::text::jsonb, ${bytes},
					(now() + make_interval(secs => ${seconds})) at time zone 'utc')`;
		});
		return { ...broadcast, meta: { id } };
	};
}
