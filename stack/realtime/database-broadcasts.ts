import type { Sql } from 'postgres';
import { z } from 'zod';
import type { Topics } from './topics.ts';

const Row = z.object({
	id: z.string(),
	topic: z.string(),
	event: z.string().nullish(),
	private: z.boolean().nullish(),
	payload: z.unknown().optional()
});
/** What the trigger on realtime.messages tells: the row, or its id alone where the row is too long for a NOTIFY. */
const Told = z.union([Row, z.object({ id: z.string() })]);

/**
 * Passes on what the database sends (`realtime.send`), in the order it was committed.
 * @returns what to do with one notification
 */
export function databaseBroadcasts(sql: Sql, topics: Topics): (notification: string) => void {
	/** the reading of a long row that the following ones have to wait for */
	let reading: Promise<void> | null = null;

	const send = ({ id, topic, event, private: isPrivate, payload }: z.infer<typeof Row>) => {
		const body = Buffer.from(JSON.stringify(payload ?? {}));
		topics.send(topic, isPrivate ?? false, { event: event ?? '', json: true, payload: body, meta: { id } });
	};
	const fetch = async (id: string) => {
		const [row] = await sql`select id, topic, event, private, payload from realtime.messages where id = ${id}`;
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
