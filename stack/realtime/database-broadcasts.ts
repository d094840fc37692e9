import type { Sql } from 'postgres';
import { z } from 'zod';
import { broadcastOf, Row } from './replay.ts';
import type { Topics } from './topics.ts';

/** What the trigger on realtime.messages tells: the row, or its id alone where the row is too long for a NOTIFY. */
const Told = z.union([Row, z.object({ id: z.string() })]);

/**
 * Passes on what the database sends (`realtime.send`), in the order it was committed.
 * @returns what to do with one notification
 */
export function databaseBroadcasts(sql: Sql, topics: Topics): (notification: string) => void {
	/** the reading of a long row that the following ones have to wait for */
	let reading: Promise<void> | null = null;

	const send = (row: Row) => topics.send(row.topic, row.private ?? false, broadcastOf(row));
	const fetch = async (id: string) => {
		const [row] = await sql`
			select id, topic, event, private, payload, encode(binary_payload, 'base64') as binary
			from realtime.messages where id = ${id}`;
		if (row) send(Row.parse(row));
	};

	const take = (notification: string) => {
		const told = Told.parse(JSON.parse(notification));
		if (!reading && 'topic' in told) return send(told);
		const turn = (reading ?? Promise.resolve())
			.then(() => ('topic' in told ? send(told) : fetch(told.id)))
			.catch(lost)
			.finally(() => {
				if (reading === turn) reading = null;
			});
		reading = turn;
	};
	return (notification) => {
		try {
			take(notification);
		} catch (error) {
			lost(error);
		}
	};
}

function lost(error: unknown): void {
	console.error('A message from the database was lost:', error);
}
