/** How Twilio is asked, and how its answers are read. */

export type ConnectionSettings = {
	accountSid: string;
	authToken: string;
	/** Where Twilio's REST API is, its other hosts included; without it, Twilio's own. */
	baseUrl: string | undefined;
	fetch: typeof fetch;
	/** How long a send or a look-up may take; 15 s when not said. */
	timeoutMilliseconds?: number;
};

export type Connection = ReturnType<typeof connect>;

const formType = 'application/x-www-form-urlencoded;charset=UTF-8';

export function connect({ accountSid, authToken, baseUrl, fetch, timeoutMilliseconds }: ConnectionSettings) {
	const hostOf = (name: string) => (baseUrl ?? `https://${name}.twilio.com`).replace(/\/$/, '');
	const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
	const base = hostOf('api');

	return {
		base,
		authorization,
		/** Where the account's resources are, beneath `base`. */
		account: `/2010-04-01/Accounts/${accountSid}`,
		patience: () => AbortSignal.timeout(timeoutMilliseconds ?? 15_000),
		/** Asks for a path of the API, with a form to post it. */
		ask(path: string, signal: AbortSignal, form?: URLSearchParams): Promise<Response> {
			const init: RequestInit & { duplex?: 'half' } = {
				headers: { authorization, accept: 'application/json', ...(form && { 'content-type': formType }) },
				signal
			};
			// A stream, because Deno's fetch repeats by itself what it can replay: where a kept connection is cut after the
			// carrier took the text, a body that is a string is sent a second time, and so is the text.
			if (form) Object.assign(init, { method: 'POST', body: new Blob([form.toString()]).stream(), duplex: 'half' });
			return fetch(base + path, init);
		},
		/** Asks one of Twilio's other hosts. */
		askHost: (host: 'pricing' | 'numbers', path: string, signal: AbortSignal): Promise<Response> =>
			fetch(hostOf(host) + path, { headers: { authorization, accept: 'application/json' }, signal }),
		remove: (path: string, signal: AbortSignal): Promise<Response> =>
			fetch(base + path, { method: 'DELETE', headers: { authorization }, signal })
	};
}

/** The answer to a look-up. Throws when it is not one. */
export async function read<Answer>(response: Response): Promise<Answer> {
	if (response.ok) return (await response.json()) as Answer;
	await response.body?.cancel();
	throw new Error(`the carrier answered ${response.status} to a look-up`);
}

/** An answer that is none of what was asked for: whether asking again can help, and what Twilio says. */
export type Trouble =
	| { outcome: 'refused'; code: string; error: string }
	| { outcome: 'not_taken'; error: string; retryAfterSeconds: number | null }
	| { outcome: 'unknown'; error: string; retryAfterSeconds: number | null };

export function troubleOf(response: Response, answer: unknown): Trouble {
	const code = codeOf(answer);
	const error = `carrier answered ${response.status}${code ? `, code ${code}` : ''}`;
	const retryAfterSeconds = retryAfter(response.headers.get('retry-after'));
	if (response.status === 429) return { outcome: 'not_taken', error, retryAfterSeconds };
	if (response.status >= 400 && response.status < 500) {
		// 20xxx is about our account, and an answer without a code is not Twilio's: neither says a word about the request
		const permanent = code !== null && !/^20\d{3}$/.test(code);
		return permanent ? { outcome: 'refused', code, error } : { outcome: 'not_taken', error, retryAfterSeconds };
	}
	return { outcome: 'unknown', error, retryAfterSeconds };
}

/** What is known when no answer came. */
export function noAnswer(error: unknown): Trouble & { outcome: 'unknown' } {
	return { outcome: 'unknown', error: `no answer: ${nameOf(error)}`, retryAfterSeconds: null };
}

function codeOf(answer: unknown): string | null {
	return isObject(answer) && typeof answer.code === 'number' ? String(answer.code) : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

/** Seconds of a Retry-After header; Twilio sends no dates there. */
function retryAfter(header: string | null): number | null {
	const seconds = Number.parseInt(header ?? '', 10);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** The name of a network error, without its message: messages may quote the address. */
function nameOf(error: unknown): string {
	return error instanceof Error ? error.name : 'error';
}
