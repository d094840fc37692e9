/** What may be logged and kept of an error: its name, code and message, and of its cause the same. */
export function summarize(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
	const cause = error.cause === undefined ? '' : `: ${summarize(error.cause)}`;
	return `${error.name}${code} ${error.message}${cause}`;
}
