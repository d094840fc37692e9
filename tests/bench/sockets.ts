import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket, type RawData } from 'ws';
import type { Stack } from '../support/stack.ts';
import { createPerson, type Person } from '../support/people.ts';
import { alternate, quantile, type Result } from './measure.ts';

const idle = 2000;
const people = 100;
const subscribers = 200;
const rounds = 11;
const broadcasts = 40;
const most = 300;

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * 2,000 people's sockets, each on a private topic, and 200 more on one topic: what the Realtime server takes for them,
 * and how long one broadcast is under way until the last of the 200 has it, against a bare `ws` that does only that.
 */
export async function sockets({ env, sql }: Pick<Stack, 'env' | 'sql'>): Promise<Result[]> {
	const listenedBefore = await listeners(sql);
	const realtime = fork(beside('../../stack/realtime/main.ts'), {
		// it ends with us
		execArgv: ['--import', new URL('../../stack/leash.ts', import.meta.url).href],
		env: {
			...process.env,
			PORT: '0',
			DATABASE_URL: env.DATABASE_URL,
			SUPABASE_JWT_SECRET: env.SUPABASE_JWT_SECRET,
			SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
			REALTIME_PLAN: 'large',
			// it is the server that is measured, not the plan
			REALTIME_LIMITS: '{"messagesPerSecond": 1000000, "joinsPerSecond": 1000000}'
		},
		stdio: ['ignore', 'pipe', 'inherit', 'ipc']
	});
	const floor = fork(beside('./sockets-floor.ts'));
	const opened: WebSocket[] = [];
	const open = async (address: string) => {
		const socket = new WebSocket(address, { perMessageDeflate: false });
		opened.push(socket);
		await once(socket, 'open');
		return socket;
	};
	try {
		const [[bare], said] = (await Promise.all([once(floor, 'message'), firstLine(realtime)])) as [[number], string];
		const query = `vsn=2.0.0&apikey=${env.SUPABASE_PUBLISHABLE_KEY}`;
		const address = `ws://127.0.0.1:${/\d+/.exec(said)?.[0]}/realtime/v1/websocket?${query}`;
		const enter = async (topic: string, token?: string) => {
			const socket = await open(address);
			const payload = { config: { private: token !== undefined }, access_token: token };
			socket.send(JSON.stringify(['1', '1', `realtime:${topic}`, 'phx_join', payload]));
			const [answer] = (await once(socket, 'message')) as [Buffer];
			if (!String(answer).includes('"ok"')) throw new Error(String(answer));
			return socket;
		};

		const empty = memoryOf(realtime);
		const tokens: Person[] = [];
		for (let n = 0; n < people; n++) tokens.push(await createPerson(sql, env));
		const started = performance.now();
		await inTurns(idle, async (n) => {
			const person = tokens[n % people];
			if (person) await enter(`user:${person.userId}`, person.accessToken);
		});
		const joined = performance.now() - started;
		// until the next round of questions about rights is over
		await pause(4000);
		const memory = memoryOf(realtime);
		const listening = (await listeners(sql)) - listenedBefore;

		const floorSockets: WebSocket[] = [];
		const candidateSockets: WebSocket[] = [];
		await inTurns(subscribers + 1, async () => {
			floorSockets.push(await open(`ws://127.0.0.1:${bare}`));
			candidateSockets.push(await enter('fan-out'));
		});
		const measured = await alternate(
			rounds,
			() => round(floorSockets, (n) => body(n)),
			() => round(candidateSockets, broadcast)
		);
		const ratio = measured.candidate / measured.floor;
		return [
			{
				name: `${idle} sockets on private topics: memory of the Realtime server`,
				ratio: null,
				bar: `≤ ${most} MB, one connection that listens`,
				holds: memory <= most && listening === 1,
				figures: {
					MB: memory,
					'empty MB': empty,
					'until all have joined, ms': joined,
					'connections that listen': listening
				}
			},
			{
				name: `one broadcast to ${subscribers} subscribers, p95 against a bare ws fan-out`,
				ratio,
				bar: '≤ 2',
				holds: ratio <= 2,
				figures: { 'ws ms': measured.floor, 'Realtime ms': measured.candidate, 'MB after it': memoryOf(realtime) }
			}
		];
	} finally {
		for (const socket of opened) socket.terminate();
		realtime.kill();
		floor.kill();
	}
}

/** What a process says first; rejects when it ends instead. */
async function firstLine(child: ChildProcess): Promise<string> {
	const ended = once(child, 'exit').then(() => {
		throw new Error('The Realtime server did not start');
	});
	const said = child.stdout ? once(child.stdout, 'data').then(String) : ended;
	return Promise.race([said, ended]);
}

/** How many connections hear what the database broadcasts. */
async function listeners(sql: Stack['sql']): Promise<number> {
	const found = await sql`select from pg_stat_activity where application_name = 'realtime listener'`;
	return found.length;
}

/** Resident memory of a process, MB. */
function memoryOf({ pid }: ChildProcess): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Does `work` so many times, a hundred at once. */
async function inTurns(times: number, work: (n: number) => Promise<void>): Promise<void> {
	for (let n = 0; n < times; n += 100)
		await Promise.all(Array.from({ length: Math.min(100, times - n) }, (_, i) => work(n + i)));
}

/** What is told, the same length for both sides. */
const body = (n: number) => Buffer.from(JSON.stringify({ n: String(n).padStart(8, '0'), text: 'x'.repeat(200) }));

/** A client's broadcast as realtime-js writes it. */
function broadcast(n: number): Buffer {
	const [topic, event] = ['realtime:fan-out', 'news'];
	const header = Buffer.from([3, 1, 1, topic.length, event.length, 0, 1]);
	return Buffer.concat([header, Buffer.from(`1${n % 10}${topic}${event}`), body(n)]);
}

let next = 0;

/** p95 of one round, ms: from the first socket's word until the last of the others has it. */
async function round([sender, ...others]: WebSocket[], frame: (n: number) => Buffer): Promise<number> {
	const samples: number[] = [];
	for (let i = 0; i < broadcasts; i++) {
		const n = ++next;
		const mark = String(n).padStart(8, '0');
		let missing = others.length;
		const arrived = Promise.withResolvers<number>();
		const hear = (data: RawData) => {
			// compared as bytes, the same for both sides
			if ((data as Buffer).includes(mark) && --missing === 0) arrived.resolve(performance.now());
		};
		for (const socket of others) socket.on('message', hear);
		const start = performance.now();
		sender?.send(frame(n));
		samples.push((await arrived.promise) - start);
		for (const socket of others) socket.off('message', hear);
	}
	return quantile(samples, 0.95);
}
