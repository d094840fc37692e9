/** A one-time code bound to a site by the last line of its text. */
export type Bound = { host: string; code: string; from: number; to: number };

/**
 * The code of an origin-bound last line: `@host #code`, one blank between, anything after another blank.
 * Source: https://wicg.github.io/sms-one-time-codes/, "Parsing". Blank lines at the end, which gateways add, are left out.
 */
export function readOriginBound(text: string): Bound | null {
	if (!text.includes('@') || !text.includes('#')) return null;
	const { line, start } = lastLine(text);
	const [host = '', code = ''] = line.split(/[ \t\f]/);
	if (!host.startsWith('@') || host.length < 2 || !code.startsWith('#') || code.length < 2) return null;
	if (line[host.length] !== ' ') return null;
	const from = start + host.length + 2;
	return { host: host.slice(1).toLowerCase(), code: code.slice(1), from, to: from + code.length - 1 };
}

/** Where a last line stands that begins or means to be origin-bound and is not, so that nobody trusts its number. */
export function readBrokenBound(text: string): { from: number; to: number } | null {
	if (!text.includes('@') || !text.includes('#')) return null;
	const { line, start } = lastLine(text);
	const broken = /(?:^|\s)@[\w-]+(?:\.[\w-]+)+(?:\s|$)/.test(line) && /(?:^|\s)#\w/.test(line);
	return broken && !readOriginBound(text) ? { from: start, to: start + line.length } : null;
}

function lastLine(text: string): { line: string; start: number } {
	let end = text.length;
	while (end > 0 && /\s/.test(text.charAt(end - 1))) end--;
	const start = Math.max(text.lastIndexOf('\n', end - 1), text.lastIndexOf('\r', end - 1)) + 1;
	return { line: text.slice(start, end), start };
}

/** How an Android app is told that a text is its own, and where: eleven characters of base64 at the very end. */
export type Retriever = { from: number; to: number; sure: boolean };

/**
 * The hash of Android's SMS Retriever at the end of a text. Sure when the text begins with `<#>` as the first version of it
 * asked, or when the hash has a line of its own.
 * Source: https://developers.google.com/identity/sms-retriever/verify
 */
export function readRetriever(text: string): Retriever | null {
	let to = text.length;
	while (to > 0 && /\s/.test(text.charAt(to - 1))) to--;
	const from = to - 11;
	if (from < 1 || /[A-Za-z0-9+/]/.test(text.charAt(from - 1))) return null;
	const hash = text.slice(from, to);
	if (!/^[A-Za-z0-9+/]{11}$/.test(hash) || /^\d+$/.test(hash)) return null;
	const begins = /^\s*[<[][#*][>\]]/.test(text.slice(0, 20));
	const mixed = /[A-Z]/.test(hash) && (/[a-z].*[A-Z]/.test(hash) || /[0-9+/]/.test(hash));
	if (!begins && !mixed) return null;
	return { from, to, sure: begins || text.charAt(from - 1) === '\n' };
}
