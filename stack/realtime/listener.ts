import { setTimeout as wait } from 'node:timers/promises';
import postgres from 'postgres';

export type Listener = { stop: () => Promise<void> };

type Options = {
	url: string;
	/** what to do with each notification, by channel */
	on: Record<string, (payload: string) => void>;
	/** called each time the channels are listened to: what was said before is lost */
	listening: () => void;
	/** called when the database says nothing any more: other connections to it wait in vain as well */
	silent?: () => void;
};

/** How often the connection is asked whether it lives, and how long it may take to say so, in ms. */
const beat = 1500;
const patience = 2500;

/** postgres.js's own `listen` gives up after one failed reconnect, so this uses the hook beneath it. */
type Hooked = postgres.Options<Record<string, never>> & { onnotify: (channel: string, payload: string) => void };

/**
 * Keeps one connection that listens; where it breaks, or says nothing for four seconds, tries again after 0.1 s and up to
 * half a second.
 */
export function listen({ url, on, listening, silent = () => {} }: Options): Listener {
	let stopped = false;
	let connection: postgres.Sql | null = null;

	/** Resolves when the connection is lost. */
	const once = async (): Promise<void> => {
		let lost = () => {};
		const closed = new Promise<void>((resolve) => (lost = resolve));
		const options: Hooked = {
			max: 1,
			idle_timeout: 0,
			max_lifetime: null,
			connect_timeout: 1.5,
			fetch_types: false,
			connection: { application_name: 'realtime listener' },
			onnotice() {},
			onclose: () => lost(),
			onnotify: (channel, payload) => on[channel]?.(payload)
		};
		const sql = (connection = postgres(url, options));
		let beating: NodeJS.Timeout | undefined;
		try {
			const channels = Object.keys(on).map((channel) => `listen ${channel}`);
			await inTime(sql.unsafe(channels.join(';')));
			listening();
			await new Promise<void>((resolve, reject) => {
				void closed.then(resolve);
				beating = setInterval(() => void inTime(sql.unsafe('select 1')).catch(reject), beat);
			});
		} finally {
			clearInterval(beating);
			await sql.end({ timeout: 0 });
		}
	};

	const running = (async () => {
		for (let pause = 100; !stopped; pause = Math.min(pause * 2, 500)) {
			try {
				await once();
				pause = 50;
			} catch (error) {
				console.error('The database cannot be listened to:', error instanceof Error ? error.message : error);
				if (error instanceof Silence || (error as { code?: unknown }).code === 'CONNECT_TIMEOUT') silent();
			}
			if (!stopped) await wait(pause);
		}
	})();

	return {
		async stop() {
			stopped = true;
			await connection?.end({ timeout: 1 });
			await running;
		}
	};
}

class Silence extends Error {}

/** What was asked, or a `Silence` when it is not answered in time. */
async function inTime(asked: Promise<unknown>): Promise<unknown> {
	const late = wait(patience, null, { ref: false })
		// where this process itself was busy, the answer may lie there unread
		.then(() => wait(200, null, { ref: false }))
		.then(() => Promise.reject(new Silence('no answer')));
	return Promise.race([asked, late]);
}
