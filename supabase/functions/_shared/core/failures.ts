/**
 * Every refusal of the product: the HTTP status it is answered with and the sentence a person reads. SQL raises the
 * slug, functions answer it, pages show `says`.
 */
export const failures = {
	session_ended: { status: 401, says: 'Your session has ended. Sign in again to go on.' },
	unauthorized: { status: 401, says: 'This needs a valid key or token.' },
	credentials_invalid: {
		status: 400,
		says: 'No account has this e-mail address with this password. Check both.'
	},
	email_unconfirmed: { status: 403, says: 'Open the link in the mail we sent you first.' },
	fresh_session_required: { status: 403, says: 'Enter your password once more to go on. Nothing was changed.' },
	suspended: {
		status: 403,
		says: 'This account is suspended. Nothing of it is deleted. Write to our support to have it looked at.'
	},
	organization_suspended: {
		status: 403,
		says: 'This organization is suspended. Its texts are kept. Write to our support to have it looked at.'
	},
	not_allowed: { status: 403, says: 'Your role here does not allow this. Nothing was changed.' },
	not_found: { status: 404, says: 'The page was moved or deleted, or this account may not see it.' },

	collision: { status: 409, says: 'A colleague answered first. Your text was not sent.' },
	opted_out: {
		status: 409,
		says: 'This person wrote STOP to this number. Your text was not sent. They can start again by writing START.'
	},
	message_empty: { status: 422, says: 'Write something first. Nothing was sent.' },
	message_too_long: { status: 422, says: 'A text can have at most 1,600 characters. Yours was not sent.' },
	recipient_invalid: { status: 422, says: 'This does not look like a number that can be texted. Nothing was sent.' },
	idempotency_key_reused: {
		status: 422,
		says: 'This key was used for another text before. Nothing was sent; use a new key.'
	},
	username_invalid: { status: 422, says: 'Use a to z, 0 to 9 and _, for example noor_haddad. 3 to 30 characters.' },
	username_taken: { status: 409, says: 'Somebody has this username already. Try another.' },
	password_weak: { status: 422, says: 'This password is easy to guess. Use a longer one.' },
	phone_number_invalid: { status: 422, says: 'This does not look like a phone number.' },

	malformed: { status: 400, says: 'The request does not have the form it should have. Nothing was stored.' },
	signature_invalid: { status: 403, says: 'The signature does not fit this request.' },
	method_not_allowed: { status: 405, says: 'This address does not answer to that method.' },
	body_too_large: { status: 413, says: 'The request is too large. Nothing was stored.' },
	media_type_unsupported: { status: 415, says: 'The request has to be a form (application/x-www-form-urlencoded).' },
	rate_limited: { status: 429, says: 'That was a lot at once. Try again in a moment.' },
	internal: { status: 500, says: 'Something on our side broke. Your draft is kept.' },
	unavailable: { status: 503, says: 'Our database took too long to answer. Nothing is lost.' }
} as const satisfies Readonly<Record<string, { status: number; says: string }>>;

export type Slug = keyof typeof failures;

/** Whether a string names one of our refusals. */
export function isSlug(value: string): value is Slug {
	return Object.hasOwn(failures, value);
}

/** A refusal as an error: thrown by what refuses, answered by the door it reaches. */
export class Failure extends Error {
	override readonly name = 'Failure';
	readonly slug: Slug;
	readonly status: number;
	readonly says: string;

	/** `says` replaces the catalogue's sentence where the one who refuses can say it more exactly. */
	constructor(slug: Slug, says: string = failures[slug].says, options?: ErrorOptions) {
		super(slug, options);
		this.slug = slug;
		this.status = failures[slug].status;
		this.says = says;
	}
}
