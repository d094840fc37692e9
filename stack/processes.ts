import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process as somebody else's notes remember it: the pid alone could have been given to a stranger since. */
export type Remembered = { name: string; pid: number; born: string };

/** Says whether a process with this pid runs now, zombies not counted. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
	return process.platform !== 'linux' || stat(pid)?.[0] !== 'Z';
}

/** The command line of a running process, or '' when it is gone or not ours to see. */
export function commandOf(pid: number): string {
	return wordsOf(pid).join(' ').trim();
}

/** The words of a running process's command line; where the system does not tell them apart, as they stand between spaces. */
function wordsOf(pid: number): string[] {
	try {
		if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
		return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).split(' ');
	} catch {
		return []; // gone meanwhile, or a system without ps
	}
}

/** When a process was born, as an opaque text: together with the pid it names one process for good. '' when it is gone. */
export function bornAt(pid: number): string {
	if (process.platform === 'linux') return stat(pid)?.[19] ?? '';
	try {
		return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
	} catch {
		return ''; // gone meanwhile, or a system without ps
	}
}

/** Ends a process: the first signal, and each further one when it still runs after `patience` milliseconds. */
export async function end(pid: number, signals: NodeJS.Signals[], patience = 5000): Promise<void> {
	for (const signal of signals) {
		try {
			process.kill(pid, signal);
		} catch {
			return; // gone already
		}
		for (const until = Date.now() + patience; Date.now() < until; await pause(20)) if (!isRunning(pid)) return;
	}
}

/** Ends those of the remembered processes that still are who they were. Returns their names. */
export async function endRemembered(remembered: Remembered[]): Promise<string[]> {
	const left = remembered.filter(({ pid, born }) => born !== '' && isRunning(pid) && bornAt(pid) === born);
	await Promise.all(left.map(({ pid }) => end(pid, ['SIGTERM', 'SIGKILL'], 2000)));
	return left.map(({ name }) => name);
}

/** Who has a TCP port of this machine, as a listener or as the near end of a connection: "…/bin/node …/stack/main.ts (pid 12)", or null when nobody or unknown. */
export function holderOf(port: number): string | null {
	const pid = process.platform === 'linux' ? linuxHolder(port) : lsofHolder(port);
	return pid === null ? null : `${shortened(wordsOf(pid)).slice(0, 120)} (pid ${pid})`;
}

/** A command line with the last two names of each path, so that deep folders do not push out what tells processes apart. */
const shortened = (words: string[]) =>
	words
		.map((word) => word.replace(/\/.+\/([^/]+\/[^/]+)$/, '…/$1'))
		.join(' ')
		.trim();

/** The fields of /proc/<pid>/stat from the third on (the second is a name that may hold anything). */
function stat(pid: number): string[] | null {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return text.slice(text.lastIndexOf(')') + 2).split(' ');
	} catch {
		return null; // gone meanwhile
	}
}

function linuxHolder(port: number): number | null {
	const hex = port.toString(16).toUpperCase().padStart(4, '0');
	const inodes = new Set<string>();
	for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
		for (const line of read(table).split('\n').slice(1)) {
			const [, local, , , , , , , , inode] = line.trim().split(/\s+/);
			if (local?.endsWith(`:${hex}`) && inode !== '0') inodes.add(`socket:[${inode}]`);
		}
	}
	if (inodes.size === 0) return null;
	for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
		for (const fd of list(`/proc/${pid}/fd`)) if (inodes.has(link(`/proc/${pid}/fd/${fd}`))) return Number(pid);
	}
	return null;
}

function lsofHolder(port: number): number | null {
	try {
		const found = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-t'], {
			encoding: 'utf8',
			stdio: 'pipe'
		});
		return Number(found.trim().split('\n')[0]) || null;
	} catch {
		return null; // nobody listens, or a system without lsof
	}
}

// other people's processes come and go while we look, and some are not ours to see: nothing found is an answer here
function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
function list(path: string): string[] {
	try {
		return readdirSync(path);
	} catch {
		return [];
	}
}
function link(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}
