import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './cli.ts';
import { bornAt, end, type Remembered } from './processes.ts';

/** A process of the stack: how it is started and how one knows that it answers. */
export type Part = {
	name: string;
	/** TCP ports on 127.0.0.1 it takes, the main one first */
	ports: number[];
	/** the program and its arguments; a path to a .ts or .js file is run by the Node we run on */
	command: string[];
	env: Record<string, string>;
	/** true: it gets `env` alone, not ours as well */
	bareEnvironment?: boolean;
	/** `line`: it says "ready"; `port`: its first port takes connections; `http`: that answers a request for / */
	ready: 'line' | 'port' | 'http';
	/** folders or files of the repository whose change starts it again */
	watch?: string[];
	/** what follows each time it answers, also after a restart */
	afterReady?: () => Promise<void>;
};

export type RunningPart = {
	part: Part;
	/** settles when it answers for the first time; fails when it ends three times before that */
	ready: Promise<unknown>;
	process: () => Remembered | null;
	restart: () => Promise<void>;
	stop: () => Promise<void>;
};

/** A part that ran this long, in ms, is not one that cannot start: whatever ended it, it is back at once. */
const steady = 3000;

type Surroundings = {
	logs: string;
	/** tells the person at the terminal */
	notice: (text: string) => void;
	/** called whenever a process came or went */
	changed: () => void;
};

/** Starts a part and keeps it running: when it ends by itself it is started again, later each time it does so soon. */
export function runPart(part: Part, { logs, notice, changed }: Surroundings): RunningPart {
	const logFile = join(logs, `${part.name}.log`);
	const log = createWriteStream(logFile, { flags: 'w' });
	const { promise: ready, resolve: answered, reject: failed } = Promise.withResolvers<undefined>();
	// whoever waits for it hears of it; before that it must not end the supervisor
	ready.catch(() => undefined);
	let child: ChildProcess | null = null;
	let remembered: Remembered | null = null;
	let isReady = false;
	let stopping = false;
	let soonEnds = 0;

	function start(): void {
		const started = Date.now();
		const own = (child = launch(part, log));
		remembered = own.pid ? { name: part.name, pid: own.pid, born: bornAt(own.pid) } : null;
		changed();
		const gone = new AbortController();
		void endOf(own).then((how) => {
			gone.abort();
			if (child !== own) return;
			child = remembered = null;
			changed();
			if (stopping) return;
			soonEnds = Date.now() - started > steady ? 1 : soonEnds + 1;
			if (!isReady && soonEnds >= 3) return failed(new Error(`${part.name} does not start:\n${tail(logFile)}`));
			const wait = Math.min(5000, 50 * 2 ** soonEnds);
			if (isReady) notice(`${part.name} ended (${how}) and is started again, see ${logFile}`);
			setTimeout(() => !stopping && child === null && start(), wait);
		});
		void whenReady(part, own, gone.signal)
			.then(() => part.afterReady?.())
			.then(() => {
				isReady = true;
				answered(undefined);
			})
			.catch((error: unknown) => {
				if (gone.signal.aborted) return;
				if (isReady) notice(`${part.name}: ${String(error)}`);
				else failed(error);
			});
	}

	async function endChild(): Promise<void> {
		const { pid } = child ?? {};
		child = remembered = null;
		// the whole group: what it may have started goes with it
		if (pid) await end(process.platform === 'win32' ? pid : -pid, ['SIGTERM', 'SIGKILL'], 1500);
	}

	start();
	return {
		part,
		ready,
		process: () => remembered,
		async restart() {
			if (stopping) return;
			await endChild();
			soonEnds = 0;
			if (!stopping && child === null) start();
		},
		async stop() {
			stopping = true;
			await endChild();
			changed();
		}
	};
}

function launch(part: Part, log: WriteStream): ChildProcess {
	const [program = '', ...args] = part.command;
	const isNode = /\.(ts|js)$/.test(program);
	const child = spawn(
		isNode ? process.execPath : program,
		isNode ? ['--import', new URL('leash.ts', import.meta.url).href, program, ...args] : args,
		{
			cwd: root,
			env: part.bareEnvironment ? part.env : { ...process.env, ...part.env },
			// its own group: Ctrl-C goes to the supervisor alone, which takes everything down in order
			detached: true,
			stdio: ['ignore', 'pipe', 'pipe', ...(isNode ? ['ipc' as const] : [])]
		}
	);
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => log.write(text));
	return child;
}

/** How a process ended, in a word; also one that could not be started. */
function endOf(child: ChildProcess): Promise<string> {
	return new Promise((done) => {
		child.once('exit', (code, signal) => done(signal ?? `exit ${code}`));
		child.once('error', (error) => done(error.message));
	});
}

async function whenReady({ ready, ports }: Part, child: ChildProcess, gone: AbortSignal): Promise<void> {
	const [port = 0] = ports;
	if (ready === 'line') {
		return new Promise((done) => {
			let said = '';
			child.stdout?.on('data', function listen(text: Buffer) {
				said += text.toString();
				if (!/^ready /m.test(said)) return;
				child.stdout?.off('data', listen);
				done();
			});
		});
	}
	while (!(await canConnect(port))) await pause(40, undefined, { signal: gone });
	if (ready === 'http')
		await (await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual', signal: gone })).body?.cancel();
}

function canConnect(port: number): Promise<boolean> {
	return new Promise((done) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => done(true));
		socket.once('error', () => done(false));
		socket.once('close', () => socket.destroy());
		socket.once('connect', () => socket.destroy());
	});
}

/** The last lines of a log. */
export function tail(file: string, lines = 12): string {
	return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
