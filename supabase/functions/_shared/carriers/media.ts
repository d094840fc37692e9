import { isPublicAddress } from '../core/addresses.ts';
import type { CarrierMedia } from './port.ts';

export type MediaSettings = {
	/** The carrier's own origin, by our configuration: it alone is told our credentials, and may be on this machine. */
	own: string;
	authorization: string;
	/** Where else its redirects may lead: names of hosts, `*.` before one for all beneath it. */
	hosts: readonly string[];
	fetch: typeof fetch;
	/** All addresses of a name. */
	resolve: (host: string) => Promise<readonly string[]>;
};

const mostRedirects = 3;

/** An address that is not asked, whoever wants it. */
class Refused extends Error {}

/**
 * Reads a file that somebody outside named by its address. Asks the carrier with our credentials, follows its redirects
 * itself and without them, and only to hosts of the list: by https, on its usual port, where all of a name's addresses are
 * public. Reads `mostBytes` at most, whatever was announced. Throws where asking again can work.
 */
export async function readMedia(
	address: string,
	settings: MediaSettings,
	{ mostBytes, signal }: { mostBytes: number; signal: AbortSignal }
): Promise<CarrierMedia> {
	try {
		let url = await allowed(address, settings);
		for (let hop = 0; hop <= mostRedirects; hop++) {
			// our credentials are for the carrier's API, and for the first question only
			const headers = hop === 0 && url.origin === settings.own ? { authorization: settings.authorization } : undefined;
			const response = await settings.fetch(url, { ...(headers && { headers }), redirect: 'manual', signal });
			const next = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null;
			if (next === null) return await read(response, mostBytes);
			await response.body?.cancel();
			url = await allowed(URL.parse(next, url)?.href ?? '', settings);
		}
		throw new Error('the carrier leads from one address to the next');
	} catch (error) {
		if (error instanceof Refused) return { refused: 'address' };
		throw error;
	}
}

async function allowed(address: string, { own, hosts, resolve }: MediaSettings): Promise<URL> {
	const url = URL.parse(address);
	if (!url || url.username !== '' || url.password !== '') throw new Refused();
	if (url.origin === own) return url;
	// numbers in any notation are no names: what is on the list are names
	const isListed = hosts.some((host) =>
		host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host
	);
	if (url.protocol !== 'https:' || url.port !== '' || !isListed) throw new Refused();
	const addresses = await resolve(url.hostname);
	if (addresses.length === 0) throw new Error('the host has no address');
	if (!addresses.every(isPublicAddress)) throw new Refused();
	return url;
}

async function read(response: Response, mostBytes: number): Promise<CarrierMedia> {
	if (!response.ok) {
		await response.body?.cancel();
		throw new Error(`the carrier answered ${response.status} to a file`);
	}
	if (Number(response.headers.get('content-length') ?? 0) > mostBytes) {
		await response.body?.cancel();
		return { refused: 'size' };
	}
	const parts: Uint8Array[] = [];
	let length = 0;
	const reader = response.body?.getReader();
	for (;;) {
		const part = await reader?.read();
		if (!part || part.done) break;
		length += part.value.length;
		if (length > mostBytes) {
			await reader?.cancel();
			return { refused: 'size' };
		}
		parts.push(part.value);
	}
	const bytes = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return { bytes };
}
