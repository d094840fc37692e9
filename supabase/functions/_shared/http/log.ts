import process from 'node:process';
import { setImmediate } from 'node:timers';

type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One line per event, as JSON: what happened and to which ids, never a text's body, never a secret. */
export type Log = (event: string, fields?: Fields) => void;

// below the 10,000 characters that hosted Supabase keeps of one write
const mostCharacters = 8_000;

/**
 * A log whose lines begin with their time and the function that speaks. A write costs more than all else that a line
 * takes, so the lines of one turn of the event loop share one; a line with an `error` waits for nothing, and takes along
 * what was said before it.
 */
export function createLog(speaker: string, write: (lines: string) => void = console.log): Log {
	const says = `","function":${JSON.stringify(speaker)},"event":`;
	let waiting = '';

	const flush = () => {
		if (waiting === '') return;
		const lines = waiting;
		waiting = '';
		write(lines);
	};
	process.once('exit', flush);
	// Deno tells of its own ends only here; Node has no such global
	(globalThis as Partial<EventTarget>).addEventListener?.('unload', flush);

	return (event, fields) => {
		const said = fields === undefined ? '' : JSON.stringify(fields).slice(1, -1);
		const line = `{"at":"${now()}${says}${JSON.stringify(event)}${said && ','}${said}}`;
		if (waiting.length + line.length >= mostCharacters) flush();
		if (waiting === '') setImmediate(flush);
		waiting += waiting && '\n';
		waiting += line;
		if (fields?.error !== undefined) flush();
	};
}

let millisecond = 0;
let millisecondSays = '';

/** The time in ISO 8601. Lines come several to the millisecond, and a date costs as much to write as the rest. */
function now(): string {
	const at = Date.now();
	if (at !== millisecond) {
		millisecond = at;
		millisecondSays = new Date(at).toISOString();
	}
	return millisecondSays;
}
