/** Pages hold what only one person may see, so nothing between us and them may keep a copy. */
const constant: Readonly<Record<string, string>> = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'permissions-policy': 'accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()'
};

/** For answers that are no page of ours: they may show a plain error and do nothing. */
const bare =
	"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Surroundings = {
	/** Where the browser may connect to besides us. */
	supabase: string;
	https: boolean;
};

/** Adds the security headers to an answer; to a page's own policy (Kit writes it, with its nonce) the origins known only at run time. */
export function protect(headers: Headers, { supabase, https }: Surroundings): void {
	// an answer may be stricter about where its address is told
	const strict = headers.get('referrer-policy') === 'no-referrer';
	for (const [name, value] of Object.entries(constant)) headers.set(name, value);
	if (strict) headers.set('referrer-policy', 'no-referrer');
	if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store');
	if (https) headers.set('strict-transport-security', 'max-age=31536000');

	const { origin } = new URL(supabase);
	const policy = headers.get('content-security-policy');
	headers.set(
		'content-security-policy',
		policy ? `${policy}; connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}` : bare
	);
}
