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

/** Checkout, the Billing Portal, and 3-D Secure. https://docs.stripe.com/security/guide#content-security-policy */
const stripePages = 'https://checkout.stripe.com https://billing.stripe.com https://hooks.stripe.com';

type Surroundings = {
	/** Where the browser may connect to besides us. */
	supabase: string;
	/** Where the payment provider's pages stand, when it is not Stripe itself. */
	payments?: string | undefined;
	https: boolean;
};

/** Adds the security headers to an answer; to a page's own policy (Kit writes it, with its nonce) the origins known only at run time. */
export function protect(headers: Headers, { supabase, payments, https }: Surroundings): void {
	// an answer may be stricter about where its address is told
	const strict = headers.get('referrer-policy') === 'no-referrer';
	for (const [name, value] of Object.entries(constant)) headers.set(name, value);
	if (strict) headers.set('referrer-policy', 'no-referrer');
	if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store');
	if (https) headers.set('strict-transport-security', 'max-age=31536000');

	const { origin } = new URL(supabase);
	// a form may lead on to where it is paid: browsers ask for the whole chain
	const paying = payments ? new URL(payments).origin : stripePages;
	const policy = headers.get('content-security-policy')?.replace("form-action 'self'", `form-action 'self' ${paying}`);
	headers.set(
		'content-security-policy',
		policy ? `${policy}; connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}` : bare
	);
}
