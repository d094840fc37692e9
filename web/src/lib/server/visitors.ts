import { isIP } from 'node:net';
import { logFailure } from './requests.ts';

export type Speaker = {
	/** Supabase's address. */
	url: string;
	publishableKey: string;
	/** Auth believes an address only from whoever brings this key; without it nothing is added. */
	secretKey: string | undefined;
	/** Who asks us; asked for only when Auth is. */
	address: () => string;
};

/**
 * A `fetch` that tells Auth for whom it asks, so that Auth's limits per address count each visitor and not this server,
 * which asks for all of them. Only requests to Auth get the secret key: everywhere else it would stand above every policy.
 * Auth asks no captcha of that key: should there ever be one, it is this server's to check.
 * Source: supabase.com/docs/guides/auth/rate-limits, "IP address forwarding" (a setting of the project).
 */
export function speakFor({ url, publishableKey, secretKey, address }: Speaker, send: typeof fetch): typeof fetch {
	const auth = new URL('auth/v1/', url.endsWith('/') ? url : `${url}/`).href;

	return (input, init) => {
		const target = input instanceof Request ? input.url : String(input);
		const visitor = secretKey && target.startsWith(auth) ? known(address) : null;
		if (!secretKey || !visitor) return send(input, init);
		const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
		headers.set('apikey', secretKey);
		headers.set('sb-forwarded-for', visitor);
		// a person's token stays; the publishable key as one would contradict the apikey
		if (headers.get('authorization') === `Bearer ${publishableKey}`) headers.delete('authorization');
		return send(input, { ...init, headers });
	};
}

/** The address, or null where there is none: then Auth counts this server, as it would without us. */
function known(address: () => string): string | null {
	try {
		const found = address();
		return isIP(found) ? found : null;
	} catch (error) {
		// the adapter's: ADDRESS_HEADER names a header that this request lacks
		logFailure('visitor_address_unknown', error);
		return null;
	}
}
