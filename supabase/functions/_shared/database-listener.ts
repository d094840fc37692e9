import postgres from 'postgres';
import { asFailure } from './database-connection.ts';

export type Listening = {
	/** Somebody wants to hear: connects, if it is not. */
	wake: () => void;
	/** Nobody does: lets the connection go after half a minute. */
	rest: () => void;
	end: () => Promise<void>;
};

type Options = {
	url: string;
	channel: string;
	/** What a notification says; null each time the channel is listened to anew: what was said before is lost. */
	hear: (payload: string | null) => void;
	/** Told why the database cannot be listened to, each time. */
	failed: (error: unknown) => void;
};

/** How often the connection is asked whether it lives, and how long it may take to say so, in ms. */
const beat = 2000;
const patience = 2500;
/** Pauses between attempts, and how long a connection is kept for nobody, in ms. */
const firstPause = 50;
const longestPause = 1000;
const keptFor = 30_000;

/** postgres.js's own `listen` gives up after one failed reconnect, so this uses the hook beneath it. */
type Hooked = postgres.Options<Record<string, never>> & { onnotify: (channel: string, payload: string) => void };

/**
 * One connection that listens to a channel while somebody wants it to, and comes back when it breaks or falls silent. It has
 * to be a session of its own: a pooler in transaction mode hands no notifications on.
 */
export function createListener({ url, channel, hear, failed }: Options): Listening {
	let stop = Promise.withResolvers<undefined>();
	let isWanted = false;
	let running: Promise<void> | null = null;
	let letGo: ReturnType<typeof setTimeout> | undefined;

	/** Resolves when nobody wants it any more; fails when the connection is lost. */
	async function once(heard: () => void): Promise<void> {
		const lost = Promise.withResolvers<never>();
		const options: Hooked = {
			max: 1,
			prepare: false,
			fetch_types: false,
			idle_timeout: 0,
			max_lifetime: null,
			connect_timeout: 2,
			connection: { application_name: 'listener' },
			onnotice: () => undefined,
			onclose: () => lost.reject(new Error('The connection is closed.')),
			onnotify: (_channel, payload) => hear(payload)
		};
		const sql = postgres(url, options);
		let beating: ReturnType<typeof setInterval> | undefined;
		try {
			await Promise.race([inTime(sql.unsafe(`listen ${channel}`)), stop.promise]);
			heard();
			hear(null);
			beating = setInterval(() => void inTime(sql.unsafe('select 1')).catch(lost.reject), beat);
			await Promise.race([lost.promise, stop.promise]);
		} finally {
			clearInterval(beating);
			lost.promise.catch(() => undefined);
			await sql.end({ timeout: 0 });
		}
	}

	async function keep(): Promise<void> {
		let pause = firstPause;
		while (isWanted) {
			try {
				await once(() => (pause = firstPause));
			} catch (error) {
				failed(asFailure(error));
				await Promise.race([new Promise((done) => setTimeout(done, pause)), stop.promise]);
				pause = Math.min(pause * 2, longestPause);
			}
		}
		running = null;
	}

	function end(): Promise<void> {
		clearTimeout(letGo);
		isWanted = false;
		stop.resolve(undefined);
		return running ?? Promise.resolve();
	}

	return {
		wake() {
			clearTimeout(letGo);
			if (isWanted) return;
			isWanted = true;
			stop = Promise.withResolvers();
			running = (running ?? Promise.resolve()).then(keep);
		},
		rest() {
			clearTimeout(letGo);
			letGo = setTimeout(() => void end(), keptFor);
		},
		end
	};
}

/** What was asked, or a failure when it is not answered in time. */
async function inTime(asked: Promise<unknown>): Promise<unknown> {
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new Error('The database says nothing.')), patience);
	try {
		return await Promise.race([asked, late.promise]);
	} finally {
		clearTimeout(timer);
		asked.catch(() => undefined);
	}
}
