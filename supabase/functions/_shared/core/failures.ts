import { usernameTaken } from './account.ts';
import { slugTaken } from './organizations.ts';

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
	username_taken: { status: 409, says: usernameTaken },
	password_weak: { status: 422, says: 'This password is easy to guess. Use a longer one.' },
	password_personal: {
		status: 422,
		says: 'Your name, username and e-mail address are easy to guess, and so is the name of this app. Leave them out.'
	},
	password_unchanged: { status: 422, says: 'This is the password you have already. Nothing was changed.' },
	email_taken: { status: 409, says: 'This address cannot be used. Nothing was changed; try another.' },
	sole_owner: {
		status: 409,
		says: 'Other people belong to an organization that only you own. Nothing was changed.'
	},
	full_name_too_long: { status: 422, says: 'Use at most 100 characters.' },
	locale_invalid: { status: 422, says: 'Choose one of the languages of the list.' },
	time_zone_invalid: { status: 422, says: 'Choose a time zone of the list, for example Europe/Berlin.' },
	picture_missing: { status: 404, says: 'The picture did not arrive. Nothing was changed; choose it once more.' },
	picture_type_unsupported: {
		status: 422,
		says: 'This is not a PNG, JPEG or WebP picture. Nothing was changed; choose another one.'
	},
	picture_too_large: {
		status: 422,
		says: 'This picture has more than 2 MB. Nothing was changed; choose a smaller one.'
	},
	picture_dimensions: {
		status: 422,
		says: 'This picture is more than 4,096 pixels wide or high. Nothing was changed; choose a smaller one.'
	},
	picture_unreadable: {
		status: 422,
		says: 'This picture is damaged or of a kind we cannot read. Nothing was changed; choose another one.'
	},
	picture_unchecked: {
		status: 503,
		says: 'We could not look at this picture. Nothing was changed; choose it once more.'
	},
	email_invalid: {
		status: 422,
		says: 'This does not look like an e-mail address, for example noor@tidewater.example.'
	},
	owner_not_invitable: {
		status: 422,
		says: 'Nobody is invited as an owner: ownership is offered to somebody who belongs here already.'
	},
	already_member: { status: 409, says: 'Somebody with this address belongs here already. Nothing was sent.' },
	already_invited: {
		status: 409,
		says: 'This address has an open invitation. Send that one again, or revoke it first.'
	},
	invitation_closed: {
		status: 409,
		says: 'This invitation is not open any more: it was accepted, revoked or replaced, or its time ran out.'
	},
	too_many_invitations: {
		status: 429,
		says: 'An organization sends at most 20 invitations in an hour. This one was not sent; try again later.'
	},
	organization_name_invalid: { status: 422, says: 'Give the organization a name of 1 to 100 characters.' },
	slug_invalid: {
		status: 422,
		says: 'Use a to z, 0 to 9 and single hyphens, for example tidewater-stays. 3 to 60 characters.'
	},
	slug_taken: { status: 409, says: slugTaken },
	member_gone: { status: 404, says: 'This person does not belong to the organization. Nothing was changed.' },
	own_role: { status: 409, says: 'Nobody changes their own role. Ask another admin or the owner.' },
	own_membership: { status: 409, says: 'Nobody removes themselves. Leave the organization instead.' },
	last_owner: {
		status: 409,
		says: 'An organization always has an owner. Hand ownership over first; nothing was changed.'
	},
	personal_organization: { status: 409, says: 'Everybody keeps their personal organization. Nothing was changed.' },
	already_owner: { status: 409, says: 'This person is an owner already. Nothing was changed.' },
	offer_gone: { status: 404, says: 'This offer of ownership is not open any more. Nothing was changed.' },
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
