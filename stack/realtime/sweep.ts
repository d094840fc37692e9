import type { Sql } from 'postgres';

const hour = 3_600_000;
/** Rows of one statement: a long one would hold up whoever sends. */
const batch = 10_000;

/**
 * Forgets what was sent more than three days ago, as hosted does, and what a client wanted kept for less: now, and every hour.
 * @returns a function that stops it
 */
export function sweep(sql: Sql): () => void {
	let stopped = false;
	const round = async () => {
		for (let gone = batch; gone === batch && !stopped;) {
			const { count } = await sql`
				delete from realtime.messages where ctid = any (array(
					select ctid from realtime.messages
					where inserted_at < now() at time zone 'utc' - interval '72 hours' or expires_at < now() at time zone 'utc'
					limit ${batch}))`;
			gone = count;
		}
	};
	const tidy = () =>
		void round().catch((error: unknown) => {
			// the next hour tries again
			if (!stopped) console.error('Old broadcasts are still there:', error instanceof Error ? error.message : error);
		});
	tidy();
	const timer = setInterval(tidy, hour);
	return () => {
		stopped = true;
		clearInterval(timer);
	};
}
