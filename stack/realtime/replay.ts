import type { Sql } from 'postgres';
import { z } from 'zod';
import type { Broadcast } from './frames.ts';
import { Refusal } from './token.ts';

/** What the table holds of a broadcast, as JSON; bytes are in base64. */
export const Row = z.object({
	id: z.string(),
	topic: z.string(),
	event: z.string().nullish(),
	private: z.boolean().nullish(),
	payload: z.unknown().optional(),
	binary: z.string().nullish()
});
export type Row = z.infer<typeof Row>;

/** The broadcast a row stands for. */
export function broadcastOf({ id, event, payload, binary }: Row, replayed = false): Broadcast {
	return {
		event: event ?? '',
		json: !binary,
		payload: binary ? Buffer.from(binary, 'base64') : Buffer.from(JSON.stringify(payload ?? {})),
		meta: replayed ? { id, replayed } : { id }
	};
}

const mostReplayed = 25;
/** As far as Postgres and JavaScript both reach, ms. */
const latest = 8.64e15;
const Wish = z.object({
	since: z.int().min(-latest).max(latest).nullish(),
	limit: z.int().nullish()
});

/** What a join may ask to hear again. `since` in ms since 1970. */
export type Replay = { since: number; limit: number };

/**
 * Reads the wish for older messages in a join; null where there is none.
 * @throws Refusal in hosted's words: on a public channel, or not numbers
 */
export function readReplay(wish: unknown, isPrivate: boolean): Replay | null {
	if (wish === undefined) return null;
	if (!isPrivate) throw new Refusal('UnableToReplayMessages', 'Replay is not allowed for public channels');
	if (typeof wish !== 'object' || wish === null) return null;
	const { success, data } = Wish.safeParse(wish);
	if (!success) throw new Refusal('UnableToReplayMessages', 'Replay params are not valid');
	return { since: data.since ?? 0, limit: Math.max(1, Math.min(data.limit ?? 10, mostReplayed)) };
}

/** The last messages on a private topic that the database sent or a client wanted kept, oldest first. */
export type Replays = (topic: string, replay: Replay) => Promise<Row[]>;

export function replays(sql: Sql): Replays {
	return async (topic, { since, limit }) => {
		const rows = await sql`
			select id, topic, event, private, payload, encode(binary_payload, 'base64') as binary from realtime.messages
			where topic = ${topic} and private and extension = 'broadcast'
				and inserted_at >= to_timestamp(${since / 1000}) at time zone 'utc'
				and coalesce(expires_at > now() at time zone 'utc', true)
			order by inserted_at desc limit ${limit}`;
		return z.array(Row).parse(rows).reverse();
	};
}
