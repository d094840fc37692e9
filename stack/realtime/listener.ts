import { setTimeout as wait } from 'node:timers/promises';
import postgres from 'postgres';

export type Listener = { stop: () => Promise<void> };

type Options = {
	url: string;
	/** what to do with each notification, by channel */
	on: Record<string, (payload: string) => void>;
	/** called each time the channels are listened to: what was said before is lost */
	listening: () => void;
};

/** postgres.js's own `listen` gives up after one failed reconnect, so this uses the hook beneath it. */
type Hooked = postgres.Options<Record<string, never>> & { onnotify: (channel: string, payload: string) => void };

/** Keeps one connection that listens; where it breaks, tries again after 0.1 s and up to 2 s. */
export function listen({ url, on, listening }: Options): Listener {
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
			connect_timeout: 5,
			fetch_types: false,
			connection: { application_name: 'realtime listener' },
			onnotice() {},
			onclose: () => lost(),
			onnotify: (channel, payload) => on[channel]?.(payload)
		};
		connection = postgres(url, options);
		try {
			await connection.unsafe(
				Object.keys(on)
					.map((channel) => `listen ${channel}`)
					.join(';')
			);
			listening();
			await closed;
		} finally {
			await connection.end({ timeout: 1 });
		}
	};

	const running = (async () => {
		for (let pause = 100; !stopped; pause = Math.min(pause * 2, 2000)) {
			try {
				await once();
				pause = 50;
			} catch (error) {
				console.error('The database cannot be listened to:', error instanceof Error ? error.message : error);
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
