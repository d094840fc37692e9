/** One line per event, as JSON: what happened and to which ids, never a text's body, never a secret. */
export type Log = (
	event: string,
	fields?: Readonly<Record<string, string | number | boolean | null | undefined>>
) => void;

/** A log whose lines begin with their time and the function that speaks. */
export function createLog(speaker: string, write: (line: string) => void = console.log): Log {
	return (event, fields = {}) => {
		write(JSON.stringify({ at: new Date().toISOString(), function: speaker, event, ...fields }));
	};
}

/** What may be logged and kept of an error: its name, code and message, and of its cause the same. */
export function summarize(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
	const cause = error.cause === undefined ? '' : `: ${summarize(error.cause)}`;
	return `${error.name}${code} ${error.message}${cause}`;
}
