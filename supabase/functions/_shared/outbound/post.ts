import type { IncomingMessage } from 'node:http';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isPublicAddress } from '../core/addresses.ts';
import type { WebhookTrouble } from '../core/webhooks.ts';

export type PostSettings = {
	/** All addresses of a name. */
	resolve: (host: string) => Promise<readonly string[]>;
	/** Hosts that may be asked without https and on this machine: the stack's own, nobody's on hosted. */
	ownHosts: readonly string[];
	/** For the whole of it, in ms. */
	timeoutMilliseconds: number;
	/** Whom to trust instead of the usual authorities. */
	authorities?: string | readonly string[];
};

/** What came of it: an answer, whatever it says, or why there is none. `address`: where it went. */
export type Posted = {
	trouble: Exclude<WebhookTrouble, 'answer'> | null;
	status: number | null;
	address: string | null;
	/** The beginning of what was answered. */
	answer: string | null;
	retryAfter: string | null;
};

/** So much of an answer is read, in bytes: whoever sends more is cut off. */
const mostBytes = 8_192;

class Trouble extends Error {
	readonly kind: Exclude<WebhookTrouble, 'answer'>;
	constructor(kind: Exclude<WebhookTrouble, 'answer'>) {
		super(kind);
		this.kind = kind;
	}
}

/**
 * Posts to an address that a stranger named. The name is resolved once, all it leads to has to be public, and the connection
 * goes to the very address that was looked at, so that no second answer of a name server counts; TLS is for the name. Redirects
 * are not followed. Never throws. (`fetch` resolves by itself, and out of sight.)
 */
export async function post(
	url: string,
	headers: Readonly<Record<string, string>>,
	body: string | Uint8Array,
	settings: PostSettings
): Promise<Posted> {
	const posted: Posted = { trouble: null, status: null, address: null, answer: null, retryAfter: null };
	const signal = AbortSignal.timeout(settings.timeoutMilliseconds);
	try {
		const target = checked(url, settings);
		posted.address = await addressOf(target, settings, signal);
		const response = await ask(target, posted.address, headers, body, settings, signal);
		posted.status = response.statusCode ?? null;
		posted.retryAfter = response.headers['retry-after'] ?? null;
		posted.answer = await read(response);
		if (posted.status !== null && posted.status >= 300 && posted.status < 400) posted.trouble = 'redirect';
	} catch (error) {
		posted.trouble = signal.aborted ? 'timeout' : troubleOf(error);
	}
	return posted;
}

function checked(url: string, { ownHosts }: PostSettings): URL {
	const target = URL.parse(url);
	const isOwn = target !== null && ownHosts.includes(target.hostname);
	if (!target || target.username !== '' || target.password !== '') throw new Trouble('address');
	if (target.protocol !== 'https:' && !(target.protocol === 'http:' && isOwn)) throw new Trouble('address');
	return target;
}

async function addressOf({ hostname }: URL, { ownHosts, resolve }: PostSettings, signal: AbortSignal): Promise<string> {
	// numbers in any notation were written out by the parser of addresses; a resolver would take them as they are
	const literal = hostname.replace(/^\[(.*)\]$/, '$1');
	const isLiteral = hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
	const addresses = isLiteral ? [literal] : await inTime(resolve(hostname), signal);
	const [first] = addresses;
	if (first === undefined) throw new Trouble('name');
	if (!ownHosts.includes(hostname) && !addresses.every(isPublicAddress)) throw new Trouble('address');
	return first;
}

/** A name server that never answers is given up. */
async function inTime(resolving: Promise<readonly string[]>, signal: AbortSignal): Promise<readonly string[]> {
	const late = Promise.withResolvers<never>();
	signal.addEventListener('abort', () => late.reject(new Trouble('timeout')), { once: true });
	const found = resolving.catch((): never => {
		// what resolvers say differs from one to the next, and comes to the same
		throw new Trouble('name');
	});
	return Promise.race([found, late.promise]);
}

function ask(
	target: URL,
	address: string,
	headers: Readonly<Record<string, string>>,
	body: string | Uint8Array,
	{ authorities }: PostSettings,
	signal: AbortSignal
): Promise<IncomingMessage> {
	const { protocol, host, hostname, port, pathname, search } = target;
	const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
	return new Promise((resolve, reject) => {
		const options = {
			host: address,
			port: port || (protocol === 'https:' ? 443 : 80),
			path: `${pathname}${search}`,
			method: 'POST',
			headers: { ...headers, host, 'content-length': String(bytes.length) },
			// a connection of its own: a kept one could be to an address that the name has no more
			agent: false,
			signal
		} as const;
		const sent =
			protocol === 'https:'
				? requestSecure({ ...options, servername: hostname, ...(authorities && { ca: [authorities].flat() }) }, resolve)
				: requestPlain(options, resolve);
		sent.on('error', reject);
		sent.end(bytes);
	});
}

async function read(response: IncomingMessage): Promise<string> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of response as AsyncIterable<Uint8Array>) {
		parts.push(part);
		length += part.length;
		if (length >= mostBytes) break;
	}
	response.destroy();
	const bytes = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return new TextDecoder().decode(bytes.subarray(0, mostBytes));
}

function troubleOf(error: unknown): Exclude<WebhookTrouble, 'answer'> {
	if (error instanceof Trouble) return error.kind;
	const { code, message } = error as { code?: string; message?: string };
	return /CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO/.test(code ?? '') || /certificate/i.test(message ?? '')
		? 'certificate'
		: 'connection';
}
